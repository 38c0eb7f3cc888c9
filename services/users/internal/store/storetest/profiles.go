package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

func pictured(key string) func(a *core.Account) {
	return func(a *core.Account) { a.Profile.Image = key }
}

func doubted(t *testing.T, s core.Store, before time.Time) map[string]time.Time {
	t.Helper()
	found, err := s.DoubtedPictures(t.Context(), before, 100)
	accept(t, err)
	out := map[string]time.Time{}
	for _, p := range found {
		if p.Bytes != nil {
			t.Errorf("%s comes with its bytes", p.Key)
		}
		out[p.Key] = p.DoubtedAt
	}
	return out
}

var profiles = map[string]test{
	"a profile is kept whole, and given up again": func(t *testing.T, s core.Store) {
		want := core.Profile{
			FirstName: "Ada", LastName: "Lovelace", Bio: "Wrote a program.\n", Image: "01JD0000000000000000000000",
			TutorialFinishedAt: noon, Communities: []string{"b", "a"}, Categories: []string{"a"},
			Subscription: core.Subscription{Plan: "pro", Status: "active", StartsAt: noon, ExpiresAt: noon.Add(time.Hour)},
		}
		a := added(t, s, "ada", func(a *core.Account) { a.Profile = want })
		equal(t, "inserted", get(t, s, a.ID).Profile, want)
		accept(t, changed(t.Context(), s, a.ID, func(a *core.Account) { a.Profile = core.Profile{} }))
		equal(t, "emptied", get(t, s, a.ID).Profile, core.Profile{})
		accept(t, changed(t.Context(), s, a.ID, func(a *core.Account) { a.Profile = want }))
		equal(t, "set", get(t, s, a.ID).Profile, want)
	},
	"live accounts come after an id, by id": func(t *testing.T, s core.Store) {
		a, b, c := added(t, s, "ada"), added(t, s, "bob"), added(t, s, "cleo")
		added(t, s, "gone", deleted(noon))
		order := []id.Account{a.ID, b.ID, c.ID}
		slices.Sort(order)
		for after, want := range map[id.Account][]id.Account{"": order[:2], order[0]: order[1:], order[1]: order[2:], order[2]: nil} {
			found, err := s.After(t.Context(), after, 2)
			accept(t, err)
			var got []id.Account
			for _, one := range found {
				got = append(got, one.ID)
			}
			equal(t, "after "+string(after), got, want)
		}
	},
	"a picture is in doubt until it is trusted": func(t *testing.T, s core.Store) {
		want := core.Picture{Key: "k", Account: "01JD0000000000000000000000", Type: "image/png", Bytes: []byte{1, 2, 3}, DoubtedAt: noon}
		accept(t, s.AddPicture(t.Context(), want))
		got, err := s.Picture(t.Context(), "k")
		accept(t, err)
		equal(t, "added", got, want)
		equal(t, "before it is in doubt", doubted(t, s, noon), map[string]time.Time{})
		equal(t, "after", doubted(t, s, noon.Add(1e6)), map[string]time.Time{"k": noon})
		accept(t, s.TrustPicture(t.Context(), "k", noon.Add(-1e6)))
		equal(t, "trusted by an older doubt", doubted(t, s, noon.Add(1e6)), map[string]time.Time{"k": noon})
		accept(t, s.TrustPicture(t.Context(), "k", noon))
		equal(t, "trusted", doubted(t, s, noon.Add(time.Hour)), map[string]time.Time{})
		accept(t, s.DoubtPicture(t.Context(), "k", noon.Add(time.Minute)))
		equal(t, "in doubt again", doubted(t, s, noon.Add(time.Hour)), map[string]time.Time{"k": noon.Add(time.Minute)})
		accept(t, s.DropPicture(t.Context(), "k"))
		_, err = s.Picture(t.Context(), "k")
		refuse(t, err, fault.ImageUnknown)
		accept(t, s.DoubtPicture(t.Context(), "k", noon))
		accept(t, s.TrustPicture(t.Context(), "k", noon))
		accept(t, s.DropPicture(t.Context(), "k"))
		equal(t, "nothing is left", doubted(t, s, noon.Add(time.Hour)), map[string]time.Time{})
	},
	"doubted pictures come in bounded lists": func(t *testing.T, s core.Store) {
		for _, key := range []string{"a", "b", "c"} {
			accept(t, s.AddPicture(t.Context(), core.Picture{Key: key, DoubtedAt: noon}))
		}
		found, err := s.DoubtedPictures(t.Context(), noon.Add(time.Hour), 2)
		accept(t, err)
		equal(t, "found", len(found), 2)
	},
	"pictures of accounts that are removed are in doubt": func(t *testing.T, s core.Store) {
		for _, key := range []string{"gone", "lapsed", "live", "kept"} {
			accept(t, s.AddPicture(t.Context(), core.Picture{Key: key}))
		}
		added(t, s, "gone", deleted(noon), pictured("gone"))
		added(t, s, "bare", deleted(noon))
		added(t, s, "lapsed", pictured("lapsed"), func(a *core.Account) { a.UnconfirmedUntil = noon })
		added(t, s, "live", pictured("live"))
		added(t, s, "kept", deleted(noon.Add(time.Hour)), pictured("kept"))
		later := noon.Add(time.Minute)
		n, err := s.RemoveDeleted(t.Context(), later)
		accept(t, err)
		equal(t, "removed", n, 2)
		n, err = s.RemoveUnconfirmed(t.Context(), "", later)
		accept(t, err)
		equal(t, "lapsed", n, 1)
		var keys []string
		for key := range doubted(t, s, later) {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		equal(t, "in doubt", keys, []string{"gone", "lapsed"})
	},
	"communities are found by id, in order": func(t *testing.T, s core.Store) {
		a := core.Community{ID: "a", Name: "Jazz", Categories: []string{"music", "night"}, CreatedAt: noon}
		b := core.Community{ID: "b", Name: "Go", CreatedAt: noon}
		accept(t, s.AddCommunity(t.Context(), b))
		accept(t, s.AddCommunity(t.Context(), a))
		got, err := s.Community(t.Context(), "a")
		accept(t, err)
		equal(t, "one", got, a)
		_, err = s.Community(t.Context(), "c")
		refuse(t, err, fault.CommunityUnknown)
		for _, test := range []struct {
			after string
			limit int64
			want  []core.Community
		}{{"", 10, []core.Community{a, b}}, {"", 1, []core.Community{a}}, {"a", 10, []core.Community{b}}, {"b", 10, nil}} {
			found, err := s.CommunitiesAfter(t.Context(), test.after, test.limit)
			accept(t, err)
			equal(t, "after "+test.after, found, test.want)
		}
		found, err := s.CommunitiesOf(t.Context(), []string{"c", "b"})
		accept(t, err)
		equal(t, "of some", found, []core.Community{b})
		found, err = s.CommunitiesOf(t.Context(), nil)
		accept(t, err)
		equal(t, "of none", found, nil)
	},
}
