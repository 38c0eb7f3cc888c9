package redisdb

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/watchword/watchword/pkg/secret"
)

var errURL = errors.New("the Redis URL is malformed; write redis://user:password@host:6379/0, rediss://…, " +
	"redis+sentinel://host1,host2/0?master_name=… or redis+cluster://host1,host2")

// parseURL reads where the servers are and who asks; how they are asked is Connect's.
func parseURL(text secret.String) (*redis.UniversalOptions, error) {
	// net/url takes one host only, so the hosts are read apart.
	scheme, rest, ok := strings.Cut(text.Reveal(), "://")
	if !ok {
		return nil, errURL
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	userEnd := strings.LastIndex(rest[:end], "@") + 1
	hosts := strings.Split(rest[userEnd:end], ",")
	u, err := url.Parse(scheme + "://" + rest[:userEnd] + "hosts" + rest[end:])
	if err != nil {
		return nil, errURL
	}

	protocol, topology, _ := strings.Cut(u.Scheme, "+")
	query := u.Query()
	opts := &redis.UniversalOptions{
		MasterName:       take(query, "master_name"),
		SentinelUsername: take(query, "sentinel_username"),
		SentinelPassword: take(query, "sentinel_password"),
		IsClusterMode:    topology == "cluster",
		Username:         u.User.Username(),
	}
	opts.Password, _ = u.User.Password()
	if protocol == "rediss" {
		opts.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	port := "6379"
	if topology == "sentinel" {
		port = "26379"
	}
	for _, host := range hosts {
		addr, err := address(host, port)
		if err != nil {
			return nil, err
		}
		opts.Addrs = append(opts.Addrs, addr)
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		if opts.DB, err = strconv.Atoi(db); err != nil || opts.DB < 0 {
			return nil, errURL
		}
	}
	switch {
	case protocol != "redis" && protocol != "rediss":
		return nil, errURL
	case len(query) > 0 || u.Fragment != "":
		return nil, errors.New("the Redis URL has a parameter that is not known; there are master_name, sentinel_username and sentinel_password")
	case topology == "sentinel" && opts.MasterName == "":
		return nil, errors.New("the Redis URL names sentinels; add ?master_name=…")
	case topology != "sentinel" && (opts.MasterName != "" || opts.SentinelUsername != "" || opts.SentinelPassword != ""):
		return nil, errors.New("the Redis URL has parameters for sentinels; begin it with redis+sentinel://")
	case topology == "cluster" && opts.DB != 0:
		return nil, errors.New("the Redis URL names a database, and a cluster has one only; leave it out")
	case topology == "" && len(hosts) > 1:
		return nil, errors.New("the Redis URL names several hosts; begin it with redis+sentinel:// or redis+cluster://")
	case topology != "" && topology != "sentinel" && topology != "cluster":
		return nil, errURL
	}
	return opts, nil
}

func take(query url.Values, name string) string {
	value := query.Get(name)
	query.Del(name)
	return value
}

// address completes a host by the port, where it has none of its own.
func address(host, port string) (string, error) {
	name, given, err := net.SplitHostPort(host)
	switch {
	case err == nil:
		port = given
	case strings.HasPrefix(host, "["):
		name = strings.Trim(host, "[]")
	case strings.Contains(host, ":"):
		return "", errURL
	default:
		name = host
	}
	if n, err := strconv.Atoi(port); name == "" || err != nil || n < 1 || n > 65535 {
		return "", errURL
	}
	return net.JoinHostPort(name, port), nil
}

// trust makes the connection believe the certificates in caFile alone.
func trust(opts *redis.UniversalOptions, caFile string) error {
	if caFile == "" {
		return nil
	}
	if opts.TLSConfig == nil {
		return errors.New("a CA file is given for Redis and the URL asks for no TLS; begin it with rediss")
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return fmt.Errorf("read the CA file for Redis: %w", err)
	}
	opts.TLSConfig.RootCAs = x509.NewCertPool()
	if !opts.TLSConfig.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("the CA file for Redis, %s, holds no PEM certificate", caFile)
	}
	return nil
}
