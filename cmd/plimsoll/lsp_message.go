package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of a message, which are far above what editors send.
const (
	maxMessage     = 64 << 20
	maxHeaderLine  = 4 << 10
	maxHeaderLines = 32
)

// The error codes of JSON-RPC and of the Language Server Protocol.
const (
	rpcParseError     = -32700
	rpcInvalidRequest = -32600
	rpcUnknownMethod  = -32601
	rpcInvalidParams  = -32602
	rpcNotInitialized = -32002
)

// request is a request, or a notification where it has no id.
type request struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params,omitempty"`
}

// response answers a request, with a result or an error.
type response[T any] struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  T               `json:"result"`
}

type failure struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   rpcError        `json:"error"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type notification[T any] struct {
	Version string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  T      `json:"params"`
}

// readMessage reads one message with its headers.
func readMessage(in *bufio.Reader) ([]byte, error) {
	length := -1
	for n := 0; ; n++ {
		line, err := readHeader(in)
		if err != nil {
			return nil, err
		}
		if line == "" && length >= 0 {
			break
		}
		if n >= maxHeaderLines {
			return nil, errors.New("a message has too many headers")
		}
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length < 0 || length > maxMessage {
				return nil, fmt.Errorf("a message has a Content-Length of %.40q: want a number up to %d", strings.TrimSpace(value), maxMessage)
			}
		}
	}
	message := make([]byte, 0, min(length, 1<<20))
	for len(message) < length {
		part := make([]byte, min(length-len(message), 1<<20))
		n, err := io.ReadFull(in, part)
		message = append(message, part[:n]...)
		if err != nil {
			return nil, fmt.Errorf("a message ends after %d of %d bytes: %w", len(message), length, io.ErrUnexpectedEOF)
		}
	}
	return message, nil
}

func readHeader(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		c, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if line = append(line, c); len(line) > maxHeaderLine {
			return "", errors.New("a message has a header that is too long")
		}
	}
}

// send writes one message.
func send[T any](out *bufio.Writer, message T) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Content-Length: %d\r\n\r\n", len(data))
	_, err = out.Write(data)
	return err
}

func reply[T any](s *languageServer, id json.RawMessage, result T) error {
	return send(s.out, response[T]{"2.0", id, result})
}

func (s *languageServer) refuse(id json.RawMessage, code int, message string) error {
	if id == nil {
		id = json.RawMessage("null")
	}
	return send(s.out, failure{"2.0", id, rpcError{code, message}})
}
