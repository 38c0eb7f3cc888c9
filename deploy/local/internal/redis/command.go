package redis

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// kind says how a command is to be treated.
type kind int

const (
	refused    kind = iota
	connection      // of the client and its connection; not for scripts
	scripting       // keeps scripts; not for scripts
	plain           // of no key
	keyspace        // reads all keys; not for scripts
	read            // reads the keys it names
	write           // changes the keys it names, and no other
	evaluation      // runs a script; not for scripts
)

// call is a command understood: what it is, and which keys it touches.
type call struct {
	name string
	kind kind
	keys []string
}

// parse understands a command, or says why it is refused.
func parse(args []string) (call, error) {
	c := call{name: strings.ToUpper(args[0])}
	args = args[1:]
	var every bool
	switch c.kind, every = classify(c.name); {
	case c.kind == refused, c.name == "SELECT" && !slices.Equal(args, []string{"0"}):
		return call{}, fmt.Errorf("the embedded store does not keep %.40q", strings.Join(append([]string{c.name}, args...), " "))
	case c.kind == evaluation:
		c.keys = scriptKeys(args)
	case every:
		c.keys = args
	case c.kind >= read && len(args) > 0:
		c.keys = args[:1]
	}
	for _, k := range c.keys {
		if k == "" || len(k) > bolt.MaxKeySize {
			return call{}, errors.New("the embedded store takes keys of 1 to 32768 bytes")
		}
	}
	if slices.ContainsFunc(integers(c.name, args), lax) {
		return call{}, errors.New("value is not an integer or out of range")
	}
	return c, nil
}

// integers are the arguments, name aside, that have to be integers, of the commands that set a lifetime or count.
func integers(name string, args []string) []string {
	var at []int
	switch name {
	case "EXPIRE", "EXPIREAT", "PEXPIRE", "PEXPIREAT", "SETEX", "PSETEX", "INCRBY", "DECRBY":
		at = []int{1}
	case "HINCRBY":
		at = []int{2}
	case "SET", "GETEX":
		for i, a := range args {
			if a = strings.ToUpper(a); i > 0 && (a == "EX" || a == "PX" || a == "EXAT" || a == "PXAT") {
				at = append(at, i+1)
			}
		}
	}
	var out []string
	for _, i := range at {
		if i < len(args) {
			out = append(out, args[i])
		}
	}
	return out
}

// lax reports whether s is an integer to miniredis, but not to Redis: +3, 007, -0.
func lax(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) != s
}

// scriptKeys are the KEYS of EVAL and EVALSHA; none if their count is wrong, of which the command itself complains.
func scriptKeys(args []string) []string {
	if len(args) < 2 {
		return nil
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 0 || n > len(args)-2 {
		return nil
	}
	return args[2 : 2+n]
}

// classify knows the commands. Each read, write names one key first, or, if every, all its arguments are keys.
func classify(name string) (k kind, every bool) {
	switch name {
	case "AUTH", "CLIENT", "HELLO", "INFO", "QUIT", "SELECT":
		return connection, false
	case "SCRIPT":
		return scripting, false
	case "ECHO", "PING", "TIME":
		return plain, false
	case "DBSIZE", "KEYS", "SCAN":
		return keyspace, false
	case "EVAL", "EVALSHA":
		return evaluation, false
	case "EXISTS", "MGET":
		return read, true
	case "TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME",
		"GET", "GETRANGE", "STRLEN",
		"HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HSCAN", "HSTRLEN", "HVALS",
		"SCARD", "SISMEMBER", "SMEMBERS", "SMISMEMBER", "SRANDMEMBER", "SSCAN",
		"LINDEX", "LLEN", "LPOS", "LRANGE",
		"ZCARD", "ZCOUNT", "ZLEXCOUNT", "ZMSCORE", "ZRANGE", "ZRANGEBYLEX", "ZRANGEBYSCORE", "ZRANK", "ZREVRANGE",
		"ZREVRANGEBYLEX", "ZREVRANGEBYSCORE", "ZREVRANK", "ZSCAN", "ZSCORE":
		return read, false
	case "DEL", "UNLINK":
		return write, true
	case "EXPIRE", "EXPIREAT", "PERSIST", "PEXPIRE", "PEXPIREAT",
		"APPEND", "DECR", "DECRBY", "GETDEL", "GETEX", "GETSET", "INCR", "INCRBY", "INCRBYFLOAT", "PSETEX", "SET", "SETEX",
		"SETNX", "SETRANGE",
		"HDEL", "HINCRBY", "HINCRBYFLOAT", "HMSET", "HSET", "HSETNX",
		"SADD", "SPOP", "SREM",
		"LINSERT", "LPOP", "LPUSH", "LPUSHX", "LREM", "LSET", "LTRIM", "RPOP", "RPUSH", "RPUSHX",
		"ZADD", "ZINCRBY", "ZPOPMAX", "ZPOPMIN", "ZREM", "ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE":
		return write, false
	default:
		return refused, false
	}
}
