package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// TestWriteFile writes files that are whole or not there.
func TestWriteFile(t *testing.T) {
	g := NewWithT(t)
	directory := t.TempDir()
	name, link := filepath.Join(directory, "report"), filepath.Join(directory, "link")
	content := func() string {
		raw, err := os.ReadFile(name)
		g.Expect(err).NotTo(HaveOccurred())
		return string(raw)
	}
	half := func(w io.Writer) error {
		g.Expect(says("half")(w)).To(Succeed())
		return errors.New("the disk is full")
	}
	g.Expect(writeFile(name, half)).To(MatchError("the disk is full"))
	g.Expect(name).NotTo(BeAnExistingFile())
	g.Expect(writeFile(name, says("whole"))).To(Succeed())
	g.Expect(writeFile(name, half)).NotTo(Succeed())
	g.Expect(content()).To(Equal("whole"), "the report of the run before")

	nowhere := filepath.Join(directory, "nowhere", "report")
	g.Expect(writeFile(nowhere, says(""))).To(MatchError("open " + nowhere + ": no such file or directory"))

	g.Expect(os.Chmod(name, 0o640)).To(Succeed())
	g.Expect(os.Symlink("report", link)).To(Succeed())
	g.Expect(writeFile(link, says("through the link"))).To(Succeed())
	g.Expect(content()).To(Equal("through the link"))
	stat, err := os.Stat(name)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(stat.Mode().Perm()).To(BeEquivalentTo(0o640))
	g.Expect(writeFile(os.DevNull, says("nothing"))).To(Succeed(), "what is no regular file is not replaced")
	left, err := filepath.Glob(filepath.Join(directory, ".*"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(BeEmpty())
}
