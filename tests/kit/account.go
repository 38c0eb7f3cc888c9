package kit

import (
	"net/http"
	"testing"
	"time"
)

// Account is one that a test has made, as its owner knows it.
type Account struct {
	ID       string
	Name     string
	Username string
	Email    string // "": none
	Password string // "": none
}

// User is legion's user object in all its forms; absent members are zero.
type User struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Username   string  `json:"username"`
	Email      *string `json:"email"`
	Kats       int64   `json:"kats"`
	Rank       *int64  `json:"rank"`
	IsActive   bool    `json:"isActive"`
	OTPAuth    string  `json:"otpauth"`
	DeletedAt  *string `json:"deletedAt"`
	RestoredAt *string `json:"restoredAt"`
	CreatedAt  string  `json:"createdAt"`
}

// SignedIn is the data of a sign-in or a refresh.
type SignedIn struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Username string  `json:"username"`
	Email    *string `json:"email"`
	Token    struct {
		AccessToken string `json:"accessToken"`
		ExpiresIn   string `json:"expiresIn"`
	} `json:"token"`
}

// Register makes an account without an email, by a client of its own.
func (s *Suite) Register(t testing.TB) Account {
	t.Helper()
	return s.Client(t).Register(Account{})
}

// RegisterEmail makes an account with an email, not verified.
func (s *Suite) RegisterEmail(t testing.TB) Account {
	t.Helper()
	return s.Client(t).Register(Account{Email: Name() + "@example.com"})
}

// RegisterVerified makes an account with an email, and confirms it.
func (s *Suite) RegisterVerified(t testing.TB) Account {
	t.Helper()
	a := s.RegisterEmail(t)
	s.Client(t).VerifyEmail(s.Token(t, a.Email, Verify)).Want(http.StatusOK)
	return a
}

// Register makes an account; name, username and password are invented where they are empty.
func (c *Client) Register(a Account) Account {
	c.t.Helper()
	if a.Name == "" {
		a.Name = "Test Person"
	}
	if a.Username == "" {
		a.Username = Name()
	}
	if a.Password == "" {
		a.Password = Password()
	}
	body := map[string]any{"name": a.Name, "username": a.Username, "password": a.Password, "isTotpEnable": false}
	if a.Email != "" {
		body["email"] = a.Email
	}
	a.ID = Data[User](c.patiently(func() *Answer { return c.Post("/users", body) }).Want(http.StatusCreated)).ID
	return a
}

// patiently repeats what is answered 503 for longer than Do, and for an Impatient client too.
func (c *Client) patiently(ask func() *Answer) *Answer {
	c.t.Helper()
	for deadline := time.Now().Add(Patience); ; time.Sleep(200 * time.Millisecond) {
		if a := ask(); a.Status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			return a
		}
	}
}

// VerifyEmail uses a mailed token.
func (c *Client) VerifyEmail(token string) *Answer {
	c.t.Helper()
	return c.Post("/users/auth/email/verify", map[string]any{"token": token})
}

// Login asks to sign in by username and password.
func (c *Client) Login(username, password string) *Answer {
	c.t.Helper()
	return c.Post("/users/login", map[string]any{"username": username, "password": password})
}

// SignIn gives a client that is signed in to the account by its password.
func (s *Suite) SignIn(t testing.TB, a Account) *Client {
	t.Helper()
	c := s.Client(t)
	c.SignIn(a)
	return c
}

// SignIn signs in to the account by its password.
func (c *Client) SignIn(a Account) {
	c.t.Helper()
	c.Took(c.patiently(func() *Answer { return c.Login(a.Username, a.Password) }).Want(http.StatusOK))
}

// Admin gives a client that is signed in as the configured admin.
func (s *Suite) Admin(t testing.TB) *Client {
	t.Helper()
	return s.SignIn(t, Account{Username: AdminName, Password: s.AdminPassword()})
}

// SignUp makes an account without an email and signs in to it.
func (s *Suite) SignUp(t testing.TB) (*Client, Account) {
	t.Helper()
	a := s.Register(t)
	return s.SignIn(t, a), a
}

// Took keeps the access token of a sign-in or a refresh, and gives what came with it.
func (c *Client) Took(a *Answer) SignedIn {
	c.t.Helper()
	data := Data[SignedIn](a)
	c.Bearer = data.Token.AccessToken
	return data
}

// Refresh asks for new tokens with those that the client has.
func (c *Client) Refresh() *Answer {
	c.t.Helper()
	return c.Post("/users/auth/refresh", nil)
}

// Alive tells whether the client's access token is accepted.
func (c *Client) Alive() bool {
	c.t.Helper()
	a := c.Get("/users/auth/sessions")
	if a.Status != http.StatusOK && a.Status != http.StatusUnauthorized {
		c.t.Fatalf("session list: status %d, body %.300s", a.Status, a.Body)
	}
	return a.Status == http.StatusOK
}

// Session is one of legion's list.
type Session struct {
	ID          string  `json:"id"`
	Dialect     string  `json:"dialect"`
	Agent       string  `json:"agent"`
	IsCurrent   bool    `json:"isCurrent"`
	CreatedAt   string  `json:"createdAt"`
	RefreshedAt *string `json:"refreshedAt"`
	ExpiresAt   string  `json:"expiresAt"`
}

// Sessions lists the account's.
func (c *Client) Sessions() []Session {
	c.t.Helper()
	return Data[struct{ Sessions []Session }](c.Get("/users/auth/sessions").Want(http.StatusOK)).Sessions
}
