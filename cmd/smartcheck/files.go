package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// writeFile writes a report into a file, which is whole or not there: it gets its name when all is written. What is no
// regular file, such as /dev/stdout, is written to as it is.
func writeFile(name string, write func(io.Writer) error) error {
	old, err := os.Stat(name)
	if err == nil && (!old.Mode().IsRegular() || strings.HasPrefix(name, "/dev/")) {
		return writeInto(name, os.O_WRONLY, write)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // the file of a link is replaced, and not the link
	}
	unfinished := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text()[:8])
	err = writeInto(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, write)
	if err == nil && old != nil {
		err = os.Chmod(unfinished, old.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(unfinished, name)
	}
	if err != nil {
		_ = os.Remove(unfinished)
		err = naming(name, err)
	}
	return err
}

// naming returns an error about a file under the name that people know.
func naming(name string, err error) error {
	if about, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s %s: %w", about.Op, name, about.Err)
	}
	return err
}

func writeInto(name string, flag int, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, flag, 0o666)
	if err != nil {
		return err
	}
	return cmp.Or(write(file), file.Close())
}
