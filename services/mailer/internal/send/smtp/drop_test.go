package smtp

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

// A server that has said yes has the letter, however the conversation ends; one that has not may be asked again.
func TestConnectionDropped(t *testing.T) {
	t.Parallel()
	for answer, sent := range map[string]bool{"250 taken\r\n": true, "": false} {
		s := sender(t, "smtp://"+dropping(t, answer)+"?starttls=disabled")
		if sent {
			if err := s.Send(t.Context(), letter()); err != nil {
				t.Errorf("after a yes: %v", err)
			}
			continue
		}
		if e := refusal(t, s, letter()); e.Final || e.Text != "connection lost" {
			t.Errorf("without an answer: %+v", e)
		}
	}
}

// dropping is a server that writes answer after a message and hangs up.
func dropping(t *testing.T, answer string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "220 ready\r\n")
		data := false
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			switch line := lines.Text(); {
			case data && line == ".":
				fmt.Fprint(conn, answer)
				return
			case data:
			case strings.HasPrefix(line, "DATA"):
				data = true
				fmt.Fprint(conn, "354 go on\r\n")
			default:
				fmt.Fprint(conn, "250 fine\r\n")
			}
		}
	}()
	return ln.Addr().String()
}
