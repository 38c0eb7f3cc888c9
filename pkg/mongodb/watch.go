package mongodb

import (
	"log/slog"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/event"
)

// watch logs when a server stops and starts answering.
func watch(log *slog.Logger) *event.ServerMonitor {
	var down sync.Map // the addresses of servers that do not answer
	return &event.ServerMonitor{
		ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
			addr := address(e.ConnectionID)
			if _, known := down.LoadOrStore(addr, true); !known {
				log.Warn("mongodb is not reachable", "address", addr, "error", e.Failure)
			}
		},
		ServerHeartbeatSucceeded: func(e *event.ServerHeartbeatSucceededEvent) {
			addr := address(e.ConnectionID)
			if _, was := down.LoadAndDelete(addr); was {
				log.Info("mongodb is reachable again", "address", addr)
			}
		},
	}
}

// address is a connection's id, "host:port[-7]", without the connection's number.
func address(connection string) string {
	if i := strings.LastIndex(connection, "[-"); i > 0 {
		return connection[:i]
	}
	return connection
}
