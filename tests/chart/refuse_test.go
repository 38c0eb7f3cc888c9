package chart

import (
	"strings"
	"testing"
)

// TestWrongValuesAreRefusedByName: the error has the key, and what may stand there or what to set.
func TestWrongValuesAreRefusedByName(t *testing.T) {
	t.Parallel()
	production := []string{"-f", valueFiles(t)["production"]}
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"a typo at the top":             {[]string{"--set", "ingres.enabled=true"}, []string{"additional properties 'ingres' not allowed"}},
		"a typo in a service":           {[]string{"--set", "auth.replica=2"}, []string{"at '/auth'", "'replica' not allowed"}},
		"a typo in a setting":           {[]string{"--set", "settings.paswordMin=9"}, []string{"at '/settings'", "'paswordMin' not allowed"}},
		"a typo deep down":              {[]string{"--set", "mongodb.existingSecretKeys.user=x"}, []string{"at '/mongodb/existingSecretKeys'", "'user' not allowed"}},
		"another type":                  {[]string{"--set-string", "users.replicas=two"}, []string{"at '/users/replicas'", "got string"}},
		"an unknown mode":               {[]string{"--set", "mode=prod"}, []string{"at '/mode'"}},
		"an unknown dialect":            {[]string{"--set", "settings.dialects={ilb}"}, []string{"at '/settings/dialects/0'"}},
		"a short password":              {[]string{"--set", "settings.passwordMin=4"}, []string{"at '/settings/passwordMin'", "want 8"}},
		"an origin with a path":         {[]string{"--set", "settings.origins={https://a.example/x}"}, []string{"at '/settings/origins/0'"}},
		"an address for a network":      {[]string{"--set", "settings.trustedProxies={10.0.0.1}"}, []string{"at '/settings/trustedProxies/0'"}},
		"a tag for a digest":            {[]string{"--set", "auth.image.digest=v1"}, []string{"at '/auth/image/digest'"}},
		"a short seed":                  {[]string{"--set", "keys.seed=abc"}, []string{"at '/keys/seed'"}},
		"no ports":                      {[]string{"--set-json", "networkPolicy.smtp.ports=[]"}, []string{"at '/networkPolicy/smtp/ports'"}},
		"a part gone":                   {[]string{"--set", "auth=null"}, []string{"missing property 'auth'"}},
		"a label that selects":          {[]string{"--set", `auth.podLabels.app\.kubernetes\.io/name=x`}, []string{"invalid propertyName 'app.kubernetes.io/name'"}},
		"a drain longer than the grace": {[]string{"--set", "drain.grace=20"}, []string{"drain.grace: set at least 30"}},
		"two addresses":                 {[]string{"--set", "redis.url=redis://r:6379,redis.existingSecret=r"}, []string{"redis.url: set either this or redis.existingSecret"}},
		"an authority for nothing":      {[]string{"--set", "redis.ca.name=ca"}, []string{"redis.ca.name: set redis.existingSecret too"}},
		"a host bound and shared":       {[]string{"--set", `settings.dialectHosts.a\.example=lynx,settings.publicURL=https://a.example`}, []string{"settings.dialectHosts: name other hosts"}},
		"an admin without a password":   {[]string{"--set", "settings.firstAdmin.username=root"}, []string{"settings.firstAdmin.existingSecret: set"}},
		"a password without an admin":   {[]string{"--set", "settings.firstAdmin.existingSecret=x"}, []string{"settings.firstAdmin.username: set"}},
		"bounds crossed":                {[]string{"--set", "auth.autoscaling.enabled=true,auth.autoscaling.maxReplicas=1"}, []string{"auth.autoscaling.maxReplicas: set at least"}},
		"a route to no gateway":         {[]string{"--set", "httpRoute.enabled=true"}, []string{"httpRoute.parentRefs: name the Gateway"}},
		"a monitor shut out":            {[]string{"--set", "monitoring.serviceMonitor.enabled=true"}, []string{"networkPolicy.metricsFrom: set"}},
		"counted twice": {
			[]string{"--set", "monitoring.serviceMonitor.enabled=true,monitoring.podMonitor.enabled=true,networkPolicy.enabled=false"},
			[]string{"monitoring.podMonitor.enabled: set either"},
		},
		"production with nothing": {[]string{"--set", "mode=production"}, []string{
			"mongodb.existingSecret: set", "redis.existingSecret: set", "smtp.existingSecret: set", "keys.existingSecret: set",
			"keys.signing.existingSecret: set", "settings.publicURL: set the https URL", "settings.mailFrom: set",
			"auth.image.digest: set", "users.image.digest: set", "mailer.image.digest: set",
		}},
		"production on http":         {append(production, "--set", "settings.publicURL=http://a.example"), []string{"settings.publicURL: set the https URL"}},
		"production on latest":       {append(production, "--set", "image.tag=latest"), []string{"image.tag: set a version"}},
		"production on one pod":      {append(production, "--set", "users.replicas=1"), []string{"users.replicas: set at least 2"}},
		"production scaled to one":   {append(production, "--set", "auth.autoscaling.enabled=true,auth.autoscaling.minReplicas=1"), []string{"auth.autoscaling.minReplicas: set at least 2"}},
		"production, proxies hidden": {append(production, "--set", "settings.trustedProxies=null"), []string{"settings.trustedProxies: set the networks of the ingress"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, said, err := template(t, c.args...)
			if err == nil {
				t.Fatalf("it was rendered:\n%.400s", out)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("%q is missing of: %s", want, said)
				}
			}
		})
	}
}

// TestProductionBringsNothingAlong: no store, no mail sink, no gateway, no key and no test that needs them.
func TestProductionBringsNothingAlong(t *testing.T) {
	t.Parallel()
	r := render(t, "-f", valueFiles(t)["production"])
	for _, p := range r.pods() {
		if c := p.component(); c != "auth" && c != "users" && c != "mailer" {
			t.Errorf("there is a pod of %s", c)
		}
	}
	for _, o := range r {
		if o.kind() == "Secret" {
			t.Errorf("there is a Secret %s", o.name())
		}
	}
}
