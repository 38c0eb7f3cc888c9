// Command baseline does only what Watchword can't avoid: it is what tests/bench holds the suite against. Each path is a
// bare Fiber handler; nothing is checked, limited, logged or counted.
package main

import (
	"flag"
	"log"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	peer := flag.String("peer", "", "base URL of another baseline, which refresh asks for the account")
	uri := flag.String("mongodb", "", "URI of the MongoDB with the accounts")
	address := flag.String("redis", "", "host and port of the Redis with the sessions")
	key := flag.String("key", "", "PEM file of the key that signs access tokens")
	flag.Parse()
	if err := serve(*listen, *peer, *uri, *address, *key); err != nil {
		log.SetFlags(0)
		log.Println("baseline:", err)
		os.Exit(1)
	}
}

func serve(listen, peer, uri, address, key string) error {
	public, err := publicKey(key)
	if err != nil {
		return err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return err
	}
	s := &server{
		peer:     peer,
		accounts: client.Database("watchword_users").Collection("accounts"),
		redis: redis.NewClient(&redis.Options{
			Addr:                     address,
			PoolSize:                 64,
			DisableIdentity:          true,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		}),
		public: public,
		http:   http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	return s.app().Listen(listen)
}
