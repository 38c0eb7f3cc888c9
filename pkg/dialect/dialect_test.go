package dialect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/dialect"
	"github.com/watchword/watchword/pkg/web"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	c, err := dialect.Choose([]string{"legion", "lynx"}, []string{"s.example.com=lynx"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"s.example.com": "lynx"}, c.Hosts()); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	off := map[string]bool{}
	for _, d := range c.Apply([]web.Dialect{{Name: "legion"}, {Name: "wolf"}, {Name: "lynx"}, {Name: "watchword"}}) {
		off[d.Name] = d.Off
	}
	if diff := cmp.Diff(map[string]bool{"legion": false, "wolf": true, "lynx": false, "watchword": false}, off); diff != "" {
		t.Errorf("off (-want +got):\n%s", diff)
	}
}

func TestChooseRefusesAndNamesTheSetting(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		dialects, hosts []string
		setting         string
	}{
		{nil, nil, "WATCHWORD_DIALECTS"},
		{[]string{"legion", "lion"}, nil, "WATCHWORD_DIALECTS"},
		{[]string{"Legion"}, nil, "WATCHWORD_DIALECTS"},
		{[]string{"legion"}, []string{"s.example.com"}, "WATCHWORD_DIALECT_HOSTS"},
		{[]string{"legion"}, []string{"=legion"}, "WATCHWORD_DIALECT_HOSTS"},
		{[]string{"legion"}, []string{"s.example.com:80=legion"}, "WATCHWORD_DIALECT_HOSTS"},
		{[]string{"legion"}, []string{"s.example.com=lynx"}, "WATCHWORD_DIALECT_HOSTS"},
		{[]string{"legion", "lynx"}, []string{"s.example.com=lynx", "s.example.com=legion"}, "WATCHWORD_DIALECT_HOSTS"},
	} {
		if _, err := dialect.Choose(test.dialects, test.hosts); err == nil || !strings.HasPrefix(err.Error(), test.setting+": ") {
			t.Errorf("%v %v: %v", test.dialects, test.hosts, err)
		}
	}
}
