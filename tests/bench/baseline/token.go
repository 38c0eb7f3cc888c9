package main

import (
	"crypto/ecdsa"
	"errors"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

type claims struct {
	jwt.RegisteredClaims

	Session string `json:"sid"`
}

// publicKey reads the public half of the suite's signing key.
func publicKey(path string) (*ecdsa.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	private, err := jwt.ParseECPrivateKeyFromPEM(text)
	if err != nil {
		return nil, err
	}
	return &private.PublicKey, nil
}

// verify checks a signature the first time that it sees it.
func (s *server) verify(text string) (claims, error) {
	if known, ok := s.verified.Load(text); ok {
		return known.(claims), nil
	}
	var c claims
	if _, err := jwt.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return s.public, nil }); err != nil {
		return claims{}, err
	}
	if c.Session == "" {
		return claims{}, errors.New("no session")
	}
	s.verified.Store(strings.Clone(text), c)
	return c, nil
}
