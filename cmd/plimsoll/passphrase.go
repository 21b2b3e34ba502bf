package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/plimsoll/plimsoll/trust"
)

// keyText reads a key: from a file, or from the environment where it is called
// env://NAME, as cosign has it, so that a secret need not be written to a disk.
func keyText(name string) ([]byte, error) {
	if variable, ok := strings.CutPrefix(name, "env://"); ok {
		text, ok := os.LookupEnv(variable)
		if !ok {
			return nil, fmt.Errorf("the environment has no %s", variable)
		}
		return []byte(text), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, trust.MaxKeyFile+1))
	return text, errors.Join(err, f.Close())
}

// privateKey reads a private key that a flag names.
func (a *app) privateKey(ctx context.Context, flag, name string) (trust.PrivateKey, error) {
	text, err := keyText(name)
	if err != nil {
		return trust.PrivateKey{}, usageError("%s: %v", flag, err)
	}
	return a.parsePrivate(ctx, flag+" "+name, text)
}

func (a *app) parsePrivate(ctx context.Context, what string, text []byte) (trust.PrivateKey, error) {
	key, err := trust.ParsePrivateKey(text, func() ([]byte, error) { return a.passphrase(ctx, "Passphrase of "+what+": ") })
	if coded := (*exitError)(nil); err != nil && !errors.As(err, &coded) {
		err = usageError("%s: %v", what, err)
	}
	return key, err
}

// passphrase is that of a key: from the environment, else asked for.
func (a *app) passphrase(ctx context.Context, prompt string) ([]byte, error) {
	for _, variable := range []string{"PLIMSOLL_KEY_PASSWORD", "COSIGN_PASSWORD"} {
		if word, ok := os.LookupEnv(variable); ok {
			return []byte(word), nil
		}
	}
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, usageError("no terminal to ask for the passphrase on: set PLIMSOLL_KEY_PASSWORD (or COSIGN_PASSWORD)")
	}
	if state, err := term.GetState(int(f.Fd())); err == nil { // an interrupt must not leave the terminal silent
		stop := context.AfterFunc(ctx, func() { _ = term.Restore(int(f.Fd()), state) })
		defer stop()
	}
	a.progress.clear()
	fmt.Fprint(a.err, clean(prompt))
	word, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("ask for the passphrase: %w", err)}
	}
	return word, nil
}

// newPassphrase asks twice, but for the environment.
func (a *app) newPassphrase(ctx context.Context) ([]byte, error) {
	word, err := a.passphrase(ctx, "Passphrase for the new key: ")
	if err != nil {
		return nil, err
	}
	again, err := a.passphrase(ctx, "Once more: ")
	if err == nil && !bytes.Equal(word, again) {
		err = usageError("the two passphrases differ")
	}
	return word, err
}
