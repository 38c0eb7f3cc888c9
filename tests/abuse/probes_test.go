package abuse

import "strings"

// probe is a request that servers are known to read differently. {get} and {post} begin a request up to its Host, {host}
// is that Host, and {inside} is where a second request hides: one reader takes it for body, another one for a request.
type probe struct {
	name    string
	request string
	// front says why a proxy may take it: then one clean request, or each as its own, goes on to the service. "": it
	// may not.
	front string
}

const chunked = "Transfer-Encoding: chunked\r\n"

// Why a front may take what a service refuses.
const (
	lineEnds   = "RFC 9112, section 2.2: a recipient may take LF alone for a line's end; what goes on has CRLF"
	oldClient  = "a front may serve HTTP/1.0; what goes on is HTTP/1.1"
	absolute   = "RFC 9112, section 3.2.2: a server takes the absolute form; what goes on has Host from it"
	dropped    = "the front drops the header or its oddity; what goes on is clean"
	byCoding   = "RFC 9112, section 6.1: read by Transfer-Encoding alone, and the connection ends; what goes on has no length"
	sameLength = "RFC 9110, section 8.6: equal lengths may be taken for one; what goes on has one"
	noName     = "RFC 9112, section 3.2: an empty Host is well-formed; what goes on names the service"
)

// probes are refused by the services themselves, every one, with the connection closed.
var probes = []probe{
	{name: "two lengths", request: "{post}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{inside}"},
	{name: "two lengths, the longer first", request: "{post}Content-Length: {length}\r\nContent-Length: 0\r\n\r\n{inside}"},
	{name: "two equal lengths", request: "{post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n", front: sameLength},
	{name: "list of lengths", request: "{post}Content-Length: 0, {length}\r\n\r\n{inside}"},
	{name: "signed length", request: "{post}Content-Length: +{length}\r\n\r\n{inside}"},
	{name: "negative length", request: "{post}Content-Length: -1\r\n\r\n{inside}"},
	{name: "length in hex", request: "{post}Content-Length: 0x{length}\r\n\r\n{inside}"},
	{name: "length with a space inside", request: "{post}Content-Length: 1 {length}\r\n\r\n{inside}"},
	{name: "huge length", request: "{post}Content-Length: 18446744073709551616\r\n\r\n{inside}"},
	{name: "length beside chunked", request: "{post}Content-Length: {length}\r\n" + chunked + "\r\n0\r\n\r\n{inside}", front: byCoding},
	{name: "chunked beside length", request: "{post}" + chunked + "Content-Length: {length}\r\n\r\n0\r\n\r\n{inside}", front: byCoding},
	{name: "short length beside chunked", request: "{post}Content-Length: 4\r\n" + chunked + "\r\n{hex}\r\n{inside}\r\n0\r\n\r\n"},
	{name: "chunked in a folded line", request: "{post}X-A: b\r\n " + chunked + "Content-Length: {length}\r\n\r\n{inside}"},
	{name: "chunked folded onto its name", request: "{post}Transfer-Encoding:\r\n chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inside}", front: byCoding},
	{name: "space before the colon of chunked", request: "{post}Transfer-Encoding : chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inside}"},
	{name: "chunked after a vertical tab", request: "{post}Transfer-Encoding: \x0bchunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inside}"},
	{name: "chunked, identity", request: "{post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inside}"},
	{name: "gzip, chunked", request: "{post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{inside}"},
	{name: "two encodings", request: "{post}" + chunked + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n{inside}"},
	{name: "unknown encoding", request: "{post}Transfer-Encoding: xchunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inside}"},
	{name: "CHUNKED in capitals", request: "{post}Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", front: dropped},
	{name: "chunked on HTTP/1.0", request: "POST {path} HTTP/1.0\r\nHost: {host}\r\n" + chunked + "Content-Length: {length}\r\n\r\n0\r\n\r\n{inside}"},
	{name: "LF in a chunk extension", request: "{post}" + chunked + "\r\n2;\nxx\r\n{hex}\r\n0\r\n\r\n{inside}\r\n0\r\n\r\n"},
	{name: "chunk size 0x1", request: "{post}" + chunked + "\r\n0x{hex}\r\n{inside}\r\n0\r\n\r\n"},
	{name: "negative chunk size", request: "{post}" + chunked + "\r\n-1\r\n{inside}\r\n0\r\n\r\n"},
	{name: "chunk longer than its size", request: "{post}" + chunked + "\r\n1\r\nab{inside}\r\n0\r\n\r\n"},
	{name: "chunk ended by LF", request: "{post}" + chunked + "\r\n1\r\na\n0\r\n\r\n", front: lineEnds},
	{name: "huge chunk size", request: "{post}" + chunked + "\r\n10000000000000000\r\n{inside}\r\n0\r\n\r\n"},
	{name: "trailer", request: "{post}" + chunked + "\r\n0\r\nContent-Length: {length}\r\n\r\n", front: dropped},
	{name: "bare LF line ends", request: "GET {path} HTTP/1.1\nHost: {host}\n\n", front: lineEnds},
	{name: "bare LF before the end", request: "{get}X-A: b\n\r\n", front: lineEnds},
	{name: "bare CR in a value", request: "{get}X-A: b\rX-C: d\r\n\r\n"},
	{name: "bare CR hides chunked", request: "{post}X-A: b\r" + chunked + "Content-Length: {length}\r\n\r\n{inside}"},
	{name: "NUL in a value", request: "{get}X-A: b\x00c\r\n\r\n"},
	{name: "NUL in a name", request: "{get}X\x00A: b\r\n\r\n"},
	{name: "space in a name", request: "{get}X A: b\r\n\r\n", front: dropped},
	{name: "no name", request: "{get}: b\r\n\r\n", front: dropped},
	{name: "no colon", request: "{get}X-A\r\n\r\n", front: dropped},
	{name: "no Host", request: "GET {path} HTTP/1.1\r\nX-A: b\r\n\r\n"},
	{name: "two Hosts", request: "{get}Host: evil.example\r\n\r\n"},
	{name: "empty Host", request: "GET {path} HTTP/1.1\r\nHost:\r\n\r\n", front: noName},
	{name: "HTTP/9.9", request: "GET {path} HTTP/9.9\r\nHost: {host}\r\n\r\n"},
	{name: "HTTP/1.0", request: "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n", front: oldClient},
	{name: "no version", request: "GET {path}\r\nHost: {host}\r\n\r\n"},
	{name: "space in the target", request: "GET {path} x HTTP/1.1\r\nHost: {host}\r\n\r\n"},
	{name: "control in the target", request: "GET {path}\x01 HTTP/1.1\r\nHost: {host}\r\n\r\n"},
	{name: "absolute target of another", request: "GET http://evil.example{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"},
	{name: "absolute target", request: "GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n\r\n", front: absolute},
	{name: "two slashes", request: "GET //evil.example{path} HTTP/1.1\r\nHost: {host}\r\n\r\n"},
	{name: "fragment", request: "GET {path}#x HTTP/1.1\r\nHost: {host}\r\n\r\n"},
	{name: "CONNECT", request: "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"},
	{name: "two Authorizations", request: "{get}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"},
	{name: "two Cookies", request: "{get}Cookie: a=b\r\nCookie: a=c\r\n\r\n", front: "RFC 9113, section 8.2.3: fields of cookies are joined"},
	{name: "cookie of 64 KiB", request: "{get}Cookie: a=" + strings.Repeat("a", 64<<10) + "\r\n\r\n"},
	{name: "length over the limit", request: "{post}Content-Type: application/json\r\nContent-Length: 9000000000\r\n\r\n{inside}"},
	{name: "HTTP/2 by prior knowledge", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
}
