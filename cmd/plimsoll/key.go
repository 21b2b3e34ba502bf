package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/plimsoll/plimsoll/trust"
)

func (a *app) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make keys for signatures",
		Long: `Keys sign advisory segments, so that who takes them from a mirror need not
trust the mirror: plimsoll db push --sign-key, and --verify-key wherever segments
are taken. They are cosign's: either program reads what the other made.`,
		Example: `  plimsoll key generate
  plimsoll key public plimsoll.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.keyGenerateCommand(), a.keyPublicCommand())
	return cmd
}

func (a *app) keyGenerateCommand() *cobra.Command {
	var prefix, algorithm string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make a key pair",
		Long: `Generate writes a private key, encrypted with a passphrase, and the public key
to check its signatures with. Files that are there are left alone. The passphrase
is asked for on a terminal; elsewhere it is in PLIMSOLL_KEY_PASSWORD or
COSIGN_PASSWORD, which may be set and empty.`,
		Example: `  plimsoll key generate
  plimsoll key generate --out /etc/plimsoll/segments
  PLIMSOLL_KEY_PASSWORD=… plimsoll key generate --algorithm ed25519`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.keyGenerate(cmd.Context(), prefix, trust.Algorithm(algorithm))
		},
	}
	cmd.Flags().StringVar(&prefix, "out", "plimsoll", "`PREFIX` of the files: PREFIX.key and PREFIX.pub")
	cmd.Flags().StringVar(&algorithm, "algorithm", string(trust.ECDSA), "`ALGORITHM`: ecdsa-p256, which cosign makes too, or ed25519")
	return cmd
}

func (a *app) keyGenerate(ctx context.Context, prefix string, algorithm trust.Algorithm) error {
	if algorithm != trust.ECDSA && algorithm != trust.Ed25519 {
		return usageError("--algorithm %s: want %s or %s", algorithm, trust.ECDSA, trust.Ed25519)
	}
	private, public := prefix+".key", prefix+".pub"
	for _, path := range []string{private, public} { // before a passphrase is asked for
		if _, err := os.Lstat(path); err == nil {
			return &exitError{exitFailed, exists(path)}
		}
	}
	word, err := a.newPassphrase(ctx)
	if err != nil {
		return err
	}
	if len(word) == 0 {
		a.warn("the key has no passphrase: whoever has the file can sign")
	}
	key, err := trust.GenerateKey(algorithm)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	text, err := key.Encrypted(word)
	if err == nil {
		err = writeNew(private, text, 0o600)
	}
	if err != nil {
		return &exitError{exitFailed, err}
	}
	if err := writeNew(public, key.Public().PEM(), 0o644); err != nil {
		return &exitError{exitFailed, errors.Join(err, os.Remove(private))}
	}
	fmt.Fprintf(a.out, "%s  private: signs, keep it secret\n%s  public: for all who verify\n%s\n", private, public, key.Public().Fingerprint())
	return nil
}

func exists(path string) error {
	return fmt.Errorf("%s is there already: a key is never overwritten (name other files with --out)", path)
}

// writeNew writes a file that must not be there yet. It gets its name when it is
// whole, where the file system has hard links.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".plimsoll-key-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	err = os.Link(f.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		return exists(path)
	}
	if err != nil {
		return writeExclusive(path, data, mode)
	}
	return nil
}

// writeExclusive is writeNew without hard links.
func writeExclusive(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return exists(path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func (a *app) keyPublicCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "public FILE…",
		Short: "Print the public keys of private ones",
		Long: `Public prints the public keys of private ones, or of files that hold public
keys, and on standard error the fingerprint of each: the SHA-256 of its DER form.`,
		Example: `  plimsoll key public plimsoll.key > plimsoll.pub
  plimsoll key public plimsoll.pub`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, file := range args {
				if err := a.keyPublic(cmd.Context(), file); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) keyPublic(ctx context.Context, file string) error {
	text, err := keyText(file)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	keys, err := trust.ParsePublicKeys(text)
	if err != nil {
		private, err := a.parsePrivate(ctx, file, text)
		if err != nil {
			return err
		}
		keys = []trust.PublicKey{private.Public()}
	}
	for _, key := range keys {
		if _, err := a.out.Write(key.PEM()); err != nil {
			return &exitError{exitFailed, err}
		}
		a.note("%s", key.Fingerprint())
	}
	return nil
}
