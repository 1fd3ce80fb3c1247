package apikeyweb_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
)

// upload sends a client list as a program does.
func upload(t *testing.T, a *apptest.App, token, csv string) apptest.Answer {
	t.Helper()
	body, contentType := apptest.Upload(t, nil, apptest.File{Field: "file", Name: "clients.csv", Body: strings.NewReader(csv)})
	req, err := http.NewRequest(http.MethodPost, a.URL+"/api/v1/imports", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := apptest.Answer{Status: res.StatusCode, Header: res.Header, Raw: string(raw)}
	_ = json.Unmarshal(raw, &out.Body)
	return out
}
