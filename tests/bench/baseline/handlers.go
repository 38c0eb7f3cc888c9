package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/crypto/argon2"
)

type server struct {
	peer     string
	accounts *mongo.Collection
	redis    *redis.Client
	public   *ecdsa.PublicKey
	verified sync.Map // claims by token
	http     http.Client
}

// app is the bare handlers.
func (s *server) app() *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/hash", hash)
	app.Get("/users/:id", s.user)
	app.Get("/account/:id", s.account)
	app.Post("/refresh/:id", s.refresh)
	app.Get("/check", s.check)
	return app
}

// hash computes password hashes on as many workers as users has, for as long as the query says, and tells how many.
func hash(c *fiber.Ctx) error {
	d, err := time.ParseDuration(c.Query("for"))
	if err != nil {
		return err
	}
	var done atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		wg.Go(func() {
			for time.Now().Before(end) {
				argon2.IDKey([]byte("a password that nobody has"), []byte("sixteen bytes of"), 2, 19456, 1, 32)
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return c.JSON(done.Load())
}

// account is what is read of the document.
type account struct {
	ID        string     `bson:"_id"       json:"id"`
	Name      string     `bson:"name"      json:"name"`
	Username  string     `bson:"username"  json:"username"`
	Email     string     `bson:"email"     json:"email"`
	Kats      int64      `bson:"kats"      json:"kats"`
	Rank      *int64     `bson:"rank"      json:"rank"`
	IsActive  bool       `bson:"-"         json:"isActive"`
	DeletedAt *time.Time `bson:"deletedAt" json:"deletedAt"`
	Created   time.Time  `bson:"createdAt" json:"-"`
	CreatedAt string     `bson:"-"         json:"createdAt"`
}

type envelope struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func (s *server) read(ctx context.Context, id string) (a account, err error) {
	err = s.accounts.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&a)
	return a, err
}

// user is GET /users/{id}: one read, and the same JSON.
func (s *server) user(c *fiber.Ctx) error {
	a, err := s.read(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	a.Email = a.Email[:1] + "***" + a.Email[strings.LastIndexByte(a.Email, '@'):]
	a.IsActive = a.DeletedAt == nil
	a.CreatedAt = a.Created.UTC().Format("2006-01-02T15:04:05.000Z")
	return c.JSON(envelope{true, "User retrieved successfully!", a})
}

// account is what refresh's HTTP call asks.
func (s *server) account(c *fiber.Ctx) error {
	a, err := s.read(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	return c.JSON(a)
}

// rotation writes as many fields as a session has, and reads them back.
var rotation = redis.NewScript(`
redis.call('HSET', KEYS[1], unpack(ARGV))
redis.call('HINCRBY', KEYS[1], 'generation', 1)
return redis.call('HGETALL', KEYS[1])`)

// refresh is one HTTP call, which is one MongoDB read, and one Redis script.
func (s *server) refresh(c *fiber.Ctx) error {
	req, err := http.NewRequestWithContext(c.UserContext(), http.MethodGet, s.peer+"/account/"+c.Params("id"), nil)
	if err != nil {
		return err
	}
	res, err := s.http.Do(req)
	if err != nil {
		return err
	}
	var a account
	if err := errors.Join(json.NewDecoder(res.Body).Decode(&a), res.Body.Close()); err != nil {
		return err
	}
	fields := []any{
		"dialect", "legion", "epoch", 1, "role", "standard", "email", a.Email, "verified", 1, "amr", "pwd", "agent", "bench",
		"created", time.Now().UnixMilli(), "refreshed", time.Now().UnixMilli(), "expires", time.Now().UnixMilli(),
	}
	kept, err := rotation.Run(c.UserContext(), s.redis, []string{"bench:{" + a.ID + "}"}, fields...).StringSlice()
	if err != nil {
		return err
	}
	return c.JSON(envelope{true, "Token refreshed successfully", fiber.Map{"id": a.ID, "email": a.Email, "fields": len(kept)}})
}

// check is one token, its signature verified once, and one read of its session.
func (s *server) check(c *fiber.Ctx) error {
	claims, err := s.verify(strings.TrimPrefix(c.Get(fiber.HeaderAuthorization), "Bearer "))
	if err != nil {
		return err
	}
	key := fmt.Sprintf("ww:{%s}:session:%s", claims.Subject, claims.Session)
	session, err := s.redis.HGetAll(c.UserContext(), key).Result()
	if err != nil {
		return err
	}
	if len(session) == 0 {
		return fiber.ErrUnauthorized
	}
	return c.JSON(fiber.Map{"authenticated": true, "user": fiber.Map{
		"id": claims.Subject, "email": session["email"], "emailVerified": session["verified"] == "1", "role": session["role"],
	}})
}
