package kit

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// plan mints the keys, chooses the ports and says how each process is started.
func (a *Apart) plan() error {
	keys := filepath.Join(a.Data, "keys")
	if err := mint(keys); err != nil {
		return err
	}
	if err := a.planStores(); err != nil {
		return err
	}
	a.Services = map[string]Bindings{}
	for _, name := range []string{Auth, Users, Mailer} {
		public, err := FreeAddress()
		if err != nil {
			return err
		}
		internal, err := FreeAddress()
		if err != nil {
			return err
		}
		a.Services[name] = Bindings{Public: "http://" + public, Internal: "http://" + internal}
	}
	a.Env["WATCHWORD_PUBLIC_URL"] = a.Services[Auth].Public
	for name, at := range a.Services {
		env := a.settings(keys)
		env["WATCHWORD_PUBLIC_ADDR"] = strings.TrimPrefix(at.Public, "http://")
		env["WATCHWORD_INTERNAL_ADDR"] = strings.TrimPrefix(at.Internal, "http://")
		a.launches[name] = launch{folder: "services/" + name + "/cmd/" + name, env: env, ready: func(*Process) bool {
			return a.answers(at.Internal + "/readyz")
		}}
	}
	return nil
}

// planStores has the embedded stores run for whatever the test was not given.
func (a *Apart) planStores() error {
	addresses := map[string]string{}
	for name, setting := range map[string]string{"mongodb": "WATCHWORD_MONGODB_URI", "redis": "WATCHWORD_REDIS_URL"} {
		if a.Env[setting] != "" {
			continue
		}
		address, err := FreeAddress()
		if err != nil {
			return err
		}
		addresses[name] = address
	}
	if len(addresses) == 0 {
		return nil
	}
	if address := addresses["mongodb"]; address != "" {
		a.Env["WATCHWORD_MONGODB_URI"] = "mongodb://" + address + "/?directConnection=true"
	}
	if address := addresses["redis"]; address != "" {
		a.Env["WATCHWORD_REDIS_URL"] = "redis://" + address
	}
	if !a.asunder {
		a.launches[Stores] = a.storesLaunch(a.Data, addresses["mongodb"], addresses["redis"])
		return nil
	}
	a.launches[MongoDB] = a.storesLaunch(filepath.Join(a.Data, MongoDB), addresses["mongodb"], "")
	a.launches[Redis] = a.storesLaunch(filepath.Join(a.Data, Redis), "", addresses["redis"])
	return nil
}

// storesLaunch runs the embedded stores that have an address.
func (a *Apart) storesLaunch(data, mongodb, redis string) launch {
	return launch{
		folder: "deploy/local",
		args:   []string{"stores", "--mongodb", mongodb, "--redis", redis},
		env:    map[string]string{"WATCHWORD_DATA": data},
		ready: func(p *Process) bool {
			info, err := readInfo(data)
			return err == nil && info.PID == p.PID() && (mongodb == "" || listens(mongodb)) && (redis == "" || listens(redis))
		},
	}
}

// settings are the services': those of the suite, and where everything is.
func (a *Apart) settings(keys string) map[string]string {
	env := map[string]string{
		"WATCHWORD_AUTH_URL":         a.Services[Auth].Internal,
		"WATCHWORD_USERS_URL":        a.Services[Users].Internal,
		"WATCHWORD_MAILER_URL":       a.Services[Mailer].Internal,
		"WATCHWORD_MAIL_FROM":        "Watchword <watchword@example.com>",
		"WATCHWORD_DRAIN_NOTICE":     "0s",
		"WATCHWORD_SIGNING_KEYS_DIR": filepath.Join(keys, "signing"),
	}
	for _, name := range []string{"SERVICE_KEYS", "CSRF_KEYS", "LIMIT_KEY", "REFRESH_KEYS", "SEAL_KEYS", "PEPPER_KEYS"} {
		file := strings.ToLower(strings.Replace(name, "_", ".", 1))
		env["WATCHWORD_"+name+"_FILE"] = filepath.Join(keys, file)
	}
	maps.Copy(env, a.Env)
	return env
}

// mint makes the suite's keys in a folder.
func mint(folder string) error {
	binary, err := Binary("deploy/local")
	if err != nil {
		return err
	}
	p, err := Launch(binary, nil, "keys", folder)
	if err != nil {
		return err
	}
	if code, err := p.Await(Patience); err != nil || code != 0 {
		return fmt.Errorf("mint keys: exit code %d, %w: %s", code, err, p.Log())
	}
	return nil
}

// FreeAddress is one on loopback that nobody listens on. It lies below the ports that the system gives to outgoing
// connections, so it is still free when a process that had it has ended.
func FreeAddress() (string, error) {
	const first, ports, tries = 20000, 12000, 100
	for range tries {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(ports)))
		ln, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		return address, ln.Close()
	}
	return "", fmt.Errorf("no free port after %d tries", tries)
}

func listens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	return err == nil && conn.Close() == nil
}
