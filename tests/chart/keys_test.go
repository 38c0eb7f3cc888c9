package chart

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const seed = "canary-seed-of-at-least-thirty-two-letters"

var ringNames = []string{"service.keys", "csrf.keys", "limit.key", "refresh.keys", "seal.keys", "pepper.keys"}

// data is a rendered Secret's, in the clear.
func data(t *testing.T, o object) map[string]string {
	t.Helper()
	out := map[string]string{}
	for item, value := range fields(o["data"]) {
		clear, err := base64.StdEncoding.DecodeString(text(value))
		if err != nil {
			t.Fatalf("%s: %v", item, err)
		}
		out[item] = string(clear)
	}
	return out
}

// keys are the rings and the one signing key of a rendering, each checked as the services check it.
func keys(t *testing.T, r rendered) map[string]string {
	t.Helper()
	rings := data(t, r.get(t, "Secret", fullname+"-keys"))
	seen := map[string]bool{}
	for _, name := range ringNames {
		id, encoded, _ := strings.Cut(strings.TrimSuffix(rings[name], "\n"), " ")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || id != "k1" || len(key) != 32 || seen[encoded] {
			t.Errorf("%s: %q, %d bytes, %v", name, id, len(key), err)
		}
		seen[encoded] = true
	}
	if len(rings) != len(ringNames) {
		t.Errorf("%d rings", len(rings))
	}
	signing := data(t, r.get(t, "Secret", fullname+"-signing"))
	key := signingKey(t, signing["0001.pem"])
	if key.Curve != elliptic.P256() || len(signing) != 1 {
		t.Errorf("%v in %d files", key.Curve.Params().Name, len(signing))
	}
	rings["0001.pem"] = signing["0001.pem"]
	return rings
}

func signingKey(t *testing.T, text string) *ecdsa.PrivateKey {
	t.Helper()
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 || block.Type != "EC PRIVATE KEY" {
		t.Fatal("the signing key is not one PEM block of an EC key")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeysFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	first, again := keys(t, render(t, "--set", "keys.seed="+seed)), keys(t, render(t, "--set", "keys.seed="+seed))
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error("the same seed gives other keys")
	}
	for item, key := range keys(t, render(t, "--set", "keys.seed="+seed+"x")) {
		if key == first[item] {
			t.Errorf("another seed gives the same %s", item)
		}
	}
}

func TestKeysAreMinted(t *testing.T) {
	t.Parallel()
	first, second := keys(t, render(t)), keys(t, render(t))
	for item, key := range first {
		if key == second[item] {
			t.Errorf("%s is the same twice", item)
		}
	}
	r := render(t)
	for _, name := range []string{"keys", "signing"} {
		if at(r.get(t, "Secret", fullname+"-"+name), "metadata", "annotations", "helm.sh/resource-policy") != "keep" {
			t.Errorf("the Secret of %s goes with the release", name)
		}
	}
}

// TestSecretsStandInSecretsAlone looks for what is secret in all other objects.
func TestSecretsStandInSecretsAlone(t *testing.T) {
	t.Parallel()
	r := render(t, "--set", "keys.seed="+seed, "--set", "mongodb.uri=mongodb://u:canary@db/", "--set", "redis.url=redis://u:canary@r:6379",
		"--set", "smtp.url=smtp://u:canary@mail:25")
	secret := []string{"canary", "mongodb://", "redis://", "smtp://"}
	for _, key := range keys(t, r) {
		secret = append(secret, strings.TrimSpace(strings.TrimPrefix(key, "k1 ")))
	}
	found := 0
	for _, o := range r {
		if o.kind() == "Secret" {
			found++
			continue
		}
		content := fmt.Sprint(o)
		for _, s := range secret {
			if strings.Contains(content, s) || strings.Contains(content, base64.StdEncoding.EncodeToString([]byte(s))) {
				t.Errorf("%s %s holds a secret", o.kind(), o.name())
			}
		}
	}
	want := map[string]string{"mongodb-uri": "mongodb://u:canary@db/", "redis-url": "redis://u:canary@r:6379", "smtp-url": "smtp://u:canary@mail:25"}
	if diff := cmp.Diff(want, data(t, r.get(t, "Secret", fullname+"-stores"))); diff != "" || found != 3 {
		t.Errorf("%d Secrets; %s", found, diff)
	}
}

// TestServicesMountTheKeysTheyNeed: a key that a service does not read is not in its pods.
func TestServicesMountTheKeysTheyNeed(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"auth":   {"service.keys", "csrf.keys", "limit.key", "refresh.keys"},
		"users":  {"service.keys", "csrf.keys", "limit.key", "seal.keys", "pepper.keys"},
		"mailer": {"service.keys"},
	}
	got := map[string][]string{}
	for _, p := range renderFile(t, "evaluation").pods() {
		for _, v := range list(p.spec["volumes"]) {
			if at(v, "secret") != nil && p.component() != "auth" {
				t.Errorf("%s mounts %v", p.component(), at(v, "secret"))
			}
			for _, source := range list(at(v, "projected", "sources")) {
				if at(source, "secret", "name") == fullname+"-keys" {
					got[p.component()] = append(got[p.component()], text(at(list(at(source, "secret", "items"))[0], "key")))
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
