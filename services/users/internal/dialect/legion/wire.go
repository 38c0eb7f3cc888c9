package legion

import (
	"encoding/json"
	"time"

	legion "github.com/watchword/watchword/pkg/dialect/legion"
	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/services/users/internal/core"
)

type createBody struct {
	Name         string         `json:"name" required:"true"`
	Username     string         `json:"username" required:"true"`
	IsTotpEnable flag           `json:"isTotpEnable"`
	Password     *secret.String `json:"password"`
	Email        *string        `json:"email"`
}

type updateBody struct {
	Name     string           `json:"name" required:"true"`
	Username string           `json:"username" required:"true"`
	Email    nullable[string] `json:"email"`
	Token    string           `json:"token"`
}

type confirmBody struct {
	Token     string `json:"token" required:"true"`
	TwoFactor bool   `json:"twoFactor"`
}

type disableBody struct {
	Token string `json:"token"`
}

type passwordBody struct {
	Password    secret.String `json:"password" required:"true"`
	NewPassword secret.String `json:"newPassword" required:"true"`
	Token       string        `json:"token"`
}

type standingBody struct {
	Kats *int64          `json:"kats"`
	Rank nullable[int64] `json:"rank"`
}

type roleBody struct {
	Role string `json:"role" required:"true"`
}

// flag is a boolean that may be sent as a string, as the document has it.
type flag bool

// UnmarshalJSON reads true, false, "true" and "false".
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"true"`:
		b = []byte("true")
	case `"false"`:
		b = []byte("false")
	}
	return json.Unmarshal(b, (*bool)(f))
}

// nullable tells an absent member from one that is null.
type nullable[T any] struct {
	given bool
	value *T // nil: null
}

// UnmarshalJSON reads a T or null.
func (n *nullable[T]) UnmarshalJSON(b []byte) error {
	n.given = true
	return json.Unmarshal(b, &n.value)
}

type createdData struct {
	ID        id.Account `json:"id"`
	Name      string     `json:"name"`
	Username  string     `json:"username"`
	Email     *string    `json:"email"`
	IsActive  bool       `json:"isActive"`
	OTPAuth   string     `json:"otpauth,omitempty"`
	CreatedAt string     `json:"createdAt"`
}

func created(a core.Account, uri secret.String) createdData {
	return createdData{
		ID:        a.ID,
		Name:      a.Name,
		Username:  a.Username,
		Email:     optional(a.Email),
		IsActive:  !a.Deleted(),
		OTPAuth:   uri.Reveal(),
		CreatedAt: legion.Time(a.CreatedAt),
	}
}

type userData struct {
	ID        id.Account `json:"id"`
	Name      string     `json:"name"`
	Username  string     `json:"username"`
	Email     *string    `json:"email"`
	Kats      int64      `json:"kats"`
	Rank      *int64     `json:"rank"`
	IsActive  bool       `json:"isActive"`
	DeletedAt *string    `json:"deletedAt"`
	CreatedAt string     `json:"createdAt"`
}

func user(a core.Account, v viewer) userData {
	return userData{
		ID:        a.ID,
		Name:      a.Name,
		Username:  a.Username,
		Email:     v.email(a),
		Kats:      a.Kats,
		Rank:      a.Rank,
		IsActive:  !a.Deleted(),
		DeletedAt: optionalTime(a.DeletedAt),
		CreatedAt: legion.Time(a.CreatedAt),
	}
}

// listedData is a user in a list, where times that are not set are left out.
type listedData struct {
	ID         id.Account `json:"id"`
	Name       string     `json:"name"`
	Username   string     `json:"username"`
	Email      *string    `json:"email"`
	Kats       int64      `json:"kats"`
	Rank       *int64     `json:"rank"`
	IsActive   bool       `json:"isActive"`
	DeletedAt  *string    `json:"deletedAt,omitempty"`
	RestoredAt *string    `json:"restoredAt,omitempty"`
	CreatedAt  string     `json:"createdAt"`
}

// deletedData is all that others than admins are told of a deleted user.
type deletedData struct {
	ID        id.Account `json:"id"`
	IsActive  bool       `json:"isActive"`
	DeletedAt *string    `json:"deletedAt"`
}

func deleted(a core.Account) deletedData {
	return deletedData{ID: a.ID, DeletedAt: optionalTime(a.DeletedAt)}
}

type listData struct {
	Users      []any          `json:"users"` // listedData or deletedData
	Pagination paginationData `json:"pagination"`
}

type paginationData struct {
	TotalPages int64 `json:"totalPages"`
	TotalItems int64 `json:"totalItems"`
	IsLastPage bool  `json:"isLastPage"`
}

func list(p core.Page, v viewer) listData {
	out := listData{Users: make([]any, len(p.Accounts)), Pagination: paginationData{p.Pages, p.Total, p.Last}}
	for i, a := range p.Accounts {
		if a.Deleted() && !v.admin() {
			out.Users[i] = deleted(a)
			continue
		}
		out.Users[i] = listedData{
			ID:         a.ID,
			Name:       a.Name,
			Username:   a.Username,
			Email:      v.email(a),
			Kats:       a.Kats,
			Rank:       a.Rank,
			IsActive:   !a.Deleted(),
			DeletedAt:  optionalTime(a.DeletedAt),
			RestoredAt: optionalTime(a.RestoredAt),
			CreatedAt:  legion.Time(a.CreatedAt),
		}
	}
	return out
}

type enrolledData struct {
	OTPAuthURL string `json:"otpauthUrl"`
}

type changedData struct {
	ID id.Account `json:"id"`
}

type restoredData struct {
	ID         id.Account `json:"id"`
	IsActive   bool       `json:"isActive"`
	RestoredAt *string    `json:"restoredAt"`
}

type standingData struct {
	ID   id.Account `json:"id"`
	Kats int64      `json:"kats"`
	Rank *int64     `json:"rank"`
}

type roleData struct {
	ID   id.Account `json:"id"`
	Role string     `json:"role"`
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func optionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return optional(legion.Time(t))
}
