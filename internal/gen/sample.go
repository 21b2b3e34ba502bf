package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// sampleImage is the image of the README's first command: a shop as it might
// have been built in 2023, with what goes wrong in such images. It is an OCI
// archive made from nothing but the texts below.
func sampleImage(string) ([]byte, error) {
	var s sample
	for _, l := range sampleLayers {
		if err := s.add(l); err != nil {
			return nil, err
		}
	}
	return s.archive()
}

// sampleLayer is one instruction; without files it makes no layer.
type sampleLayer struct {
	createdBy string
	files     []sampleFile
}

type sampleFile struct{ path, body string }

// sampleTime is when everything in the sample was made.
var sampleTime = time.Date(2023, 8, 1, 9, 0, 0, 0, time.UTC)

const sampleBase = "debian:12.1"

var sampleLayers = []sampleLayer{
	{"/bin/sh -c #(nop) ADD file:1f6b in / ", []sampleFile{
		{"etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n"},
		{"etc/debian_version", "12.1\n"},
		{"etc/passwd", "root:x:0:0:root:/root:/bin/bash\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
		{"etc/group", "root:x:0:\nnogroup:x:65534:\n"},
		{"var/lib/dpkg/status", sampleStatus(sampleDebs...)},
	}},
	{"/bin/sh -c #(nop)  CMD [\"bash\"]", nil},
	{"RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends curl nodejs python3 # buildkit", []sampleFile{
		{"var/lib/dpkg/status", sampleStatus(append(sampleDebs,
			sampleDeb{"curl", "7.88.1-10", ""}, sampleDeb{"libcurl4", "7.88.1-10", "curl"}, sampleDeb{"nodejs", "18.13.0+dfsg1-1", ""}, sampleDeb{"python3.11", "3.11.2-6", ""})...)},
	}},
	{"WORKDIR /app", nil},
	{"COPY app /app # buildkit", []sampleFile{
		{"app/server.js", "require('express')().listen(8080)\n"},
		npmPackage("body-parser", "1.19.0", "MIT"), npmPackage("ejs", "3.1.6", "Apache-2.0"), npmPackage("express", "4.17.1", "MIT"),
		npmPackage("follow-redirects", "1.14.0", "MIT"), npmPackage("lodash", "4.17.10", "MIT"), npmPackage("minimist", "1.2.0", "MIT"),
		npmPackage("ms", "2.0.0", "MIT"), npmPackage("qs", "6.7.0", "BSD-3-Clause"), npmPackage("semver", "5.7.1", "ISC"),
	}},
	{"COPY search.jar /app/search.jar # buildkit", []sampleFile{{"app/search.jar", sampleJar()}}},
	{"RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit", []sampleFile{
		pyPackage("Flask", "2.2.2", "BSD-3-Clause"), pyPackage("Jinja2", "3.1.2", "BSD-3-Clause"), pyPackage("requests", "2.28.1", "Apache 2.0"),
		pyPackage("urllib3", "1.26.12", "MIT"), pyPackage("certifi", "2022.12.7", "MPL-2.0"),
	}},
	{"RUN /bin/sh -c npm uninstall ejs # buildkit", []sampleFile{{"app/node_modules/.wh.ejs", ""}}},
	{"CMD [\"node\" \"server.js\"]", nil},
}

type sampleDeb struct{ name, version, source string }

var sampleDebs = []sampleDeb{
	{"apt", "2.6.1", ""}, {"base-files", "12.4+deb12u1", ""}, {"bash", "5.2.15-2+b2", "bash (5.2.15-2)"}, {"coreutils", "9.1-1", ""},
	{"dpkg", "1.21.22", ""}, {"libc-bin", "2.36-9+deb12u1", "glibc"}, {"libc6", "2.36-9+deb12u1", "glibc"}, {"liblzma5", "5.4.1-0.2", "xz-utils"},
	{"libssl3", "3.0.9-1", "openssl"}, {"openssl", "3.0.9-1", ""}, {"perl-base", "5.36.0-7", "perl"}, {"zlib1g", "1:1.2.13.dfsg-1", "zlib"},
}

func sampleStatus(debs ...sampleDeb) string {
	var b strings.Builder
	for _, d := range debs {
		fmt.Fprintf(&b, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\n", d.name)
		if d.source != "" {
			fmt.Fprintf(&b, "Source: %s\n", d.source)
		}
		fmt.Fprintf(&b, "Version: %s\nDescription: part of the sample image\n\n", d.version)
	}
	return b.String()
}

func npmPackage(name, version, license string) sampleFile {
	return sampleFile{"app/node_modules/" + name + "/package.json", fmt.Sprintf("{\"name\": %q, \"version\": %q, \"license\": %q}\n", name, version, license)}
}

func pyPackage(name, version, license string) sampleFile {
	return sampleFile{
		fmt.Sprintf("usr/local/lib/python3.11/site-packages/%s-%s.dist-info/METADATA", name, version),
		fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nLicense: %s\n", name, version, license),
	}
}

// sampleJar is an application's jar with the libraries it needs inside.
func sampleJar() string {
	inner := func(group, artifact, version string) sampleFile {
		return sampleFile{"BOOT-INF/lib/" + artifact + "-" + version + ".jar", jar(
			sampleFile{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Version: " + version + "\n"},
			sampleFile{fmt.Sprintf("META-INF/maven/%s/%s/pom.properties", group, artifact), fmt.Sprintf("version=%s\ngroupId=%s\nartifactId=%s\n", version, group, artifact)},
		)}
	}
	return jar(
		sampleFile{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Title: search\nImplementation-Version: 1.4.0\n"},
		inner("org.apache.logging.log4j", "log4j-core", "2.14.1"),
		inner("com.fasterxml.jackson.core", "jackson-databind", "2.9.8"),
		inner("org.apache.commons", "commons-text", "1.9"),
	)
}

func jar(files ...sampleFile) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.path, Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(f.body))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// sample collects the blobs of the image.
type sample struct {
	blobs   []sampleFile
	layers  []descriptor
	diffIDs []string
	history []map[string]any
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func (s *sample) blob(mediaType string, body []byte) descriptor {
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	s.blobs = append(s.blobs, sampleFile{"blobs/sha256/" + digest, string(body)})
	return descriptor{MediaType: mediaType, Digest: "sha256:" + digest, Size: len(body)}
}

func (s *sample) add(l sampleLayer) error {
	h := map[string]any{"created": sampleTime, "created_by": l.createdBy}
	s.history = append(s.history, h)
	if l.files == nil {
		h["empty_layer"] = true
		return nil
	}
	layer, err := tarOf(l.files)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(layer); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(layer)
	s.diffIDs = append(s.diffIDs, "sha256:"+hex.EncodeToString(sum[:]))
	s.layers = append(s.layers, s.blob("application/vnd.oci.image.layer.v1.tar+gzip", b.Bytes()))
	return nil
}

func (s *sample) archive() ([]byte, error) {
	config, err := json.Marshal(map[string]any{
		"created": sampleTime, "architecture": "amd64", "os": "linux",
		"config": map[string]any{
			"Cmd": []string{"node", "server.js"}, "WorkingDir": "/app", "ExposedPorts": map[string]any{"8080/tcp": map[string]any{}},
			"Labels": map[string]string{"org.opencontainers.image.base.name": sampleBase, "org.opencontainers.image.version": "1.4"},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": s.diffIDs},
		"history": s.history,
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": s.blob("application/vnd.oci.image.config.v1+json", config), "layers": s.layers,
	})
	if err != nil {
		return nil, err
	}
	d := s.blob("application/vnd.oci.image.manifest.v1+json", manifest)
	d.Annotations = map[string]string{"org.opencontainers.image.ref.name": "shop:1.4"}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []descriptor{d}})
	if err != nil {
		return nil, err
	}
	return tarOf(append([]sampleFile{{"oci-layout", `{"imageLayoutVersion":"1.0.0"}`}, {"index.json", string(index)}}, s.blobs...))
}

func tarOf(files []sampleFile) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.path, Mode: 0o644, Size: int64(len(f.body)), ModTime: sampleTime, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(f.body)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
