package app_test

import (
	"net/url"
	"testing"

	"catflap/internal/app/apptest"
)

func TestStaffPath(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		p := a.Enter("platform", host, "")
		p.Get("/platform/practices/new").Want(t, 200, "New practice")
		page := p.Post("/platform/practices", url.Values{
			"name": {"Happy Paws"}, "slug": {"happy-paws"}, "kind": {"clinic"}, "plan": {"complete"}, "branches": {"North\nSouth"},
			"administrator_name": {"Maria Lopez"}, "administrator_email": {"maria@happy.example"},
		})
		page.Want(t, 200, "Happy Paws is open")
		link := a.Link(a.LastMail("maria@happy.example"), "/activate")
		b := a.Browser()
		b.Get(link).Want(t, 200, "Welcome, Maria Lopez")
		u, _ := url.Parse(link)
		pw := apptest.Password()
		b.Post("/happy-paws/activate", url.Values{"token": {u.Query().Get("token")}, "new_password": {pw}, "repeat_password": {pw}}).
			Want(t, 200, "Your password is saved")
		b.Post("/happy-paws/login", url.Values{"login": {"Maria@Happy.example"}, "password": {"wrong"}}).Want(t, 401, "don't match an account here")
		b.Post("/happy-paws/login", url.Values{"login": {"maria@happy.example"}, "password": {pw}}).Want(t, 200, "Where do you work today?", "South")
	})
}
