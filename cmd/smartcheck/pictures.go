package main

import (
	"os"
	"path/filepath"
)

// pictures is the directory of the pictures of pages, in the directory for reports.
const pictures = "evidence"

// writePictures writes JPEG files by their names, which are ours. Pictures of the run before are removed,
// since no report names them any more.
func writePictures(directory string, files map[string][]byte) error {
	old, err := filepath.Glob(filepath.Join(directory, "*-[0-9]*-[0-9]*.jpg"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	for name, picture := range files {
		if err := os.WriteFile(filepath.Join(directory, name), picture, 0o600); err != nil {
			return err
		}
	}
	return nil
}
