package ild

import "github.com/watchword/watchword/pkg/id"

type checkBody struct {
	Authenticated bool     `json:"authenticated"`
	User          userBody `json:"user"`
}

type userBody struct {
	ID            id.Account `json:"id"`
	Email         *string    `json:"email"`
	EmailVerified bool       `json:"emailVerified"`
	Role          string     `json:"role"`
}

type errorBody struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}
