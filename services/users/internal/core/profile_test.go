package core_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/coretest"
	"github.com/watchword/watchword/services/users/internal/picture"
)

// upload is a small picture.
func upload(t *testing.T) *picture.File {
	t.Helper()
	var out bytes.Buffer
	accept(t, png.Encode(&out, image.NewGray(image.Rect(0, 0, 4, 2))))
	return &picture.File{Name: "me.png", Type: "image/png", Bytes: out.Bytes()}
}

func TestUpdateProfileChecksTexts(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	text := coretest.Text
	for _, test := range []struct {
		in     core.UpdateProfile
		reason fault.Reason
		field  string
	}{
		{core.UpdateProfile{Name: text(" ")}, fault.NameRefused, "name"},
		{core.UpdateProfile{Name: text(strings.Repeat("ä", 101))}, fault.NameRefused, "name"},
		{core.UpdateProfile{FirstName: text("a\u202eb")}, fault.NameRefused, "firstName"},
		{core.UpdateProfile{LastName: text("a\nb")}, fault.NameRefused, "lastName"},
		{core.UpdateProfile{Bio: text(strings.Repeat("ä", 1001))}, fault.ValueRefused, "bio"},
		{core.UpdateProfile{Bio: text("a\x07b")}, fault.ValueRefused, "bio"},
		{core.UpdateProfile{Bio: text("fine"), Picture: &picture.File{Bytes: []byte("<svg/>")}}, fault.ImageRefused, "profileImage"},
		{core.UpdateProfile{Picture: &picture.File{Bytes: make([]byte, picture.MaxBytes+1)}}, fault.TooLarge, "profileImage"},
	} {
		test.in.Actor = coretest.Actor(ada)
		_, err := f.UpdateProfile(t.Context(), test.in)
		if fields := refuse(t, err, test.reason).Fields; len(fields) != 1 || fields[test.field] == "" {
			t.Errorf("fields %v, want %s", fields, test.field)
		}
	}
	equal(t, "nothing changed", f.Get(t, ada.ID), ada)
	equal(t, "nothing is left over", f.Store.PictureKeys(), nil)
}

func TestUpdateProfileSetsAndRemoves(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	text := coretest.Text
	p, err := f.UpdateProfile(t.Context(), core.UpdateProfile{
		Actor: coretest.Actor(ada), Name: text(" Ada L. "), FirstName: text("Ada"), LastName: text(" Lovelace"), Bio: text("One.\r\nTwo.\n"),
	})
	accept(t, err)
	equal(t, "set", []string{p.Name, p.FirstName, p.LastName, p.Bio}, []string{"Ada L.", "Ada", "Lovelace", "One.\nTwo."})
	p, err = f.UpdateProfile(t.Context(), core.UpdateProfile{Actor: coretest.Actor(ada), FirstName: text(""), Bio: text("  ")})
	accept(t, err)
	equal(t, "removed", []string{p.Name, p.FirstName, p.LastName, p.Bio}, []string{"Ada L.", "", "Lovelace", ""})
}

func TestAPictureThatIsReplacedOrRemovedIsGone(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	change := func(in core.UpdateProfile) string {
		t.Helper()
		in.Actor = coretest.Actor(ada)
		p, err := f.UpdateProfile(t.Context(), in)
		accept(t, err)
		return p.Image
	}
	first := change(core.UpdateProfile{Picture: upload(t)})
	equal(t, "kept", f.Store.PictureKeys(), []string{first})
	second := change(core.UpdateProfile{Picture: upload(t)})
	equal(t, "replaced", f.Store.PictureKeys(), []string{second})
	equal(t, "kept by another change", change(core.UpdateProfile{Name: coretest.Text("Ada")}), second)
	p, err := f.Picture(t.Context(), second)
	accept(t, err)
	equal(t, "whose", p.Account, ada.ID)
	_, err = f.Picture(t.Context(), first)
	refuse(t, err, fault.ImageUnknown)
	equal(t, "removed", change(core.UpdateProfile{RemovePicture: true}), "")
	equal(t, "removed again", change(core.UpdateProfile{RemovePicture: true}), "")
	equal(t, "left", f.Store.PictureKeys(), nil)
}

// However uploads meet, the picture that the account shows is there, and no other.
func TestUploadsAtOnceLeaveOnePicture(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	file := upload(t)
	race(t, func() error {
		_, err := f.UpdateProfile(t.Context(), core.UpdateProfile{Actor: coretest.Actor(ada), Picture: file})
		return err
	}, fault.VersionConflict)
	f.Clock.Advance(time.Hour)
	accept(t, f.Sweep(t.Context()))
	equal(t, "left", f.Store.PictureKeys(), []string{f.Get(t, ada.ID).Profile.Image})
}

func TestUploadsAreLimited(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	f.Limits.Refuse(limit.Rule{Name: "picture"})
	_, err := f.UpdateProfile(t.Context(), core.UpdateProfile{Actor: coretest.Actor(ada), Picture: upload(t)})
	refuse(t, err, fault.Throttled)
	_, err = f.UpdateProfile(t.Context(), core.UpdateProfile{Actor: coretest.Actor(ada), Name: coretest.Text("Ada")})
	accept(t, err)
}

func TestAnUploadWhoseTurnDoesNotComeIsOverload(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.UpdateProfile(ctx, core.UpdateProfile{Actor: coretest.Actor(ada), Picture: upload(t)})
	if f := refuse(t, err, fault.Overloaded); f.RetryAfter == 0 {
		t.Error("it is not said when to come again")
	}
}

// broken fails where a change of pictures may break off.
type broken struct {
	core.Store

	update, drop, trust error
}

func (s *broken) Update(ctx context.Context, before, after core.Account) error {
	return errors.Join(s.update, s.Store.Update(ctx, before, after))
}

func (s *broken) DropPicture(ctx context.Context, key string) error {
	if s.drop != nil {
		return s.drop
	}
	return s.Store.DropPicture(ctx, key)
}

func (s *broken) TrustPicture(ctx context.Context, key string, since time.Time) error {
	if s.trust != nil {
		return s.trust
	}
	return s.Store.TrustPicture(ctx, key, since)
}

// Wherever a change breaks off, the sweep leaves the picture that the account shows, and no other.
func TestTheSweepSettlesWhatBrokeOff(t *testing.T) {
	t.Parallel()
	down := fault.Outage(errors.New("down"))
	for name, fail := range map[string]broken{
		"nobody knows whether it was written": {update: down},
		"what it took away was not dropped":   {drop: down},
		"what it gave was not trusted":        {trust: down},
		"neither":                             {drop: down, trust: down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &broken{}
			f := coretest.New(t, func(d *core.Deps) { store.Store, d.Store = d.Store, store })
			ada := f.Add(t, coretest.Person{Username: "ada"})
			in := core.UpdateProfile{Actor: coretest.Actor(ada), Picture: upload(t)}
			_, err := f.UpdateProfile(t.Context(), in)
			accept(t, err)
			*store = broken{Store: store.Store, update: fail.update, drop: fail.drop, trust: fail.trust}
			if _, err := f.UpdateProfile(t.Context(), in); !fault.Has(err, fault.Unavailable) && err != nil {
				t.Fatal(err)
			}
			*store = broken{Store: store.Store}
			for _, wait := range []time.Duration{0, time.Hour} {
				f.Clock.Advance(wait)
				accept(t, f.Sweep(t.Context()))
				_, err = f.Picture(t.Context(), f.Get(t, ada.ID).Profile.Image)
				accept(t, err)
			}
			equal(t, "left", f.Store.PictureKeys(), []string{f.Get(t, ada.ID).Profile.Image})
		})
	}
}

func TestAPurgedAccountTakesItsPictureWithIt(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	root := f.Add(t, coretest.Person{Username: "root", Admin: true})
	p, err := f.UpdateProfile(t.Context(), core.UpdateProfile{Actor: coretest.Actor(ada), Picture: upload(t)})
	accept(t, err)
	_, err = f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	accept(t, err)
	_, err = f.Picture(t.Context(), p.Image)
	refuse(t, err, fault.ImageUnknown)
	_, err = f.Restore(t.Context(), coretest.Actor(root), ada.ID, nil)
	accept(t, err)
	_, err = f.Picture(t.Context(), p.Image)
	accept(t, err)
	_, err = f.Delete(t.Context(), coretest.Actor(ada), ada.ID, nil)
	accept(t, err)
	f.Clock.Advance(31 * 24 * time.Hour)
	accept(t, f.Sweep(t.Context()))
	equal(t, "left", f.Store.PictureKeys(), nil)
}

func TestJoiningIsBounded(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada"})
	root := f.Add(t, coretest.Person{Username: "root", Admin: true})
	for i := range 201 {
		made, err := f.CreateCommunity(t.Context(), coretest.Actor(root), "one of many", nil)
		accept(t, err)
		err = f.Join(t.Context(), coretest.Actor(ada), made.ID)
		if i < 200 {
			accept(t, err)
			continue
		}
		refuse(t, err, fault.ValueRefused)
	}
}

// What an account is to its owner and to admins is nothing that was sealed, hashed or kept for the service.
func TestTheProfileOfAnAccount(t *testing.T) {
	t.Parallel()
	f := coretest.New(t)
	ada := f.Add(t, coretest.Person{Username: "ada", Email: "ada@example.com", Enabled: true})
	p, err := f.Profile(t.Context(), usersapi.GetProfile{ID: ada.ID})
	accept(t, err)
	equal(t, "profile", p, usersapi.Profile{
		Account: usersapi.Account{
			ID: ada.ID, Username: "ada", Name: "ada", Email: "ada@example.com", MailAddress: "ada@example.com", Role: "standard",
			Epoch: 1, Locale: "en", CreatedAt: ada.CreatedAt,
		},
		Subscription: usersapi.Subscription{Status: usersapi.StatusNone}, Authenticator: true, UpdatedAt: ada.UpdatedAt,
	})
	if p.Communities == nil || p.Categories == nil {
		t.Error("a list is null")
	}
}
