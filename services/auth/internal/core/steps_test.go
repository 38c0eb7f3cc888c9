package core_test

import (
	"context"
	"sync"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/limit"
	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
	"github.com/watchword/watchword/services/auth/internal/core"
)

// steps notes what core asks of the outside while somebody asks for a mail.
type steps struct {
	mu       sync.Mutex
	list     []string
	messages []mailapi.Message
}

func (s *steps) watch(d *core.Deps) {
	d.Limits = limitSteps{d.Limits, s}
	d.Directory = directorySteps{d.Directory, s}
	d.Registrations = registrationSteps{d.Registrations, s}
	d.Attempts = attemptSteps{d.Attempts, s}
	d.Codes = codeSteps{d.Codes, s}
	d.Mails = mailSteps{d.Mails, s}
}

func (s *steps) note(step string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, step)
}

func (s *steps) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

type limitSteps struct {
	core.Limits
	*steps
}

func (x limitSteps) Take(ctx context.Context, rule limit.Rule, key string) error {
	x.note("limit " + rule.Name)
	return x.Limits.Take(ctx, rule, key)
}

type directorySteps struct {
	core.Directory
	*steps
}

func (x directorySteps) FindByEmail(ctx context.Context, in usersapi.FindByEmail) (usersapi.Found, error) {
	x.note("users find by email")
	return x.Directory.FindByEmail(ctx, in)
}

type codeSteps struct {
	core.Codes
	*steps
}

func (x codeSteps) Put(ctx context.Context, token secret.String, r code.Record) error {
	x.note("redis code")
	return x.Codes.Put(ctx, token, r)
}

func (x codeSteps) Drop(ctx context.Context, token secret.String) error {
	x.note("redis code")
	return x.Codes.Drop(ctx, token)
}

func (x codeSteps) Revoke(ctx context.Context, p code.Purpose, account id.Account) error {
	x.note("redis code")
	return x.Codes.Revoke(ctx, p, account)
}

type registrationSteps struct {
	core.Registrations
	*steps
}

func (x registrationSteps) Prepare(ctx context.Context, in usersapi.Prepare) (usersapi.Prepared, error) {
	x.note("users prepare")
	return x.Registrations.Prepare(ctx, in)
}

type attemptSteps struct {
	core.Attempts
	*steps
}

func (x attemptSteps) Put(ctx context.Context, token secret.String, a core.Attempt) error {
	x.note("redis attempt")
	return x.Attempts.Put(ctx, token, a)
}

func (x attemptSteps) Drop(ctx context.Context, token secret.String, a core.Attempt) error {
	x.note("redis attempt dropped")
	return x.Attempts.Drop(ctx, token, a)
}

type mailSteps struct {
	core.Mails
	*steps
}

func (x mailSteps) Send(ctx context.Context, m mailapi.Message) (mailapi.Accepted, error) {
	x.note("mailer send")
	x.messages = append(x.messages, m)
	return x.Mails.Send(ctx, m)
}
