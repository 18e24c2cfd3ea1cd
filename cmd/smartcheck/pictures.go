package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// pictures is the directory of the pictures of pages, in the directory for reports.
const pictures = "evidence"

// pictureName is the form of the names that pictures have.
var pictureName = regexp.MustCompile(`^[A-Za-z0-9._-]+-[0-9]+-[0-9]+\.jpg$`)

// maxPicture bounds a picture that is read, in bytes.
const maxPicture = 1 << 20

// writePictures writes the JPEG files with those names. Pictures of the run before are removed, since no
// report names them any more.
func writePictures(directory string, names []string, picture func(name string) []byte) error {
	files := map[string][]byte{} // all of them at hand before any is removed: they may be of this directory
	for _, name := range names {
		if raw := picture(name); len(raw) > 0 && pictureName.MatchString(name) {
			files[name] = raw
		}
	}
	old, err := filepath.Glob(filepath.Join(directory, "*-[0-9]*-[0-9]*.jpg"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("cannot remove the pictures of the run before: %w", err)
		}
	}
	if len(files) == 0 {
		return nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return fmt.Errorf("cannot write the pictures of pages: %w", err)
	}
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(directory, name), raw, 0o600); err != nil {
			return fmt.Errorf("cannot write the pictures of pages: %w", err)
		}
	}
	return nil
}

// picturesIn returns the JPEG files of a directory by their names. A name of another form than ours names
// no file: results may come from anywhere.
func picturesIn(directory string) func(name string) []byte {
	return func(name string) []byte {
		if !pictureName.MatchString(name) {
			return nil
		}
		file, err := os.OpenInRoot(directory, name)
		if err != nil {
			return nil
		}
		defer file.Close()
		raw, err := io.ReadAll(io.LimitReader(file, maxPicture))
		if err != nil {
			return nil
		}
		return raw
	}
}
