package ui

// newPasswordData is where a password is chosen: twice, with a meter between
// the two that needs JavaScript.
type newPasswordData struct {
	Login         string // for password managers, which file the new one under it
	First, Repeat fieldData
	Check         string // address that rates what is typed
}

// newNewPassword is the fields new_password and repeat_password. minimum is the
// practice's, in characters. Options: login, and check where the page belongs
// to neither a practice nor the platform.
func newNewPassword(v View, minimum int, kv ...any) (newPasswordData, error) {
	s, err := pairs("new-password", kv, "login", "check")
	if err != nil {
		return newPasswordData{}, err
	}
	d := newPasswordData{Login: s.text("login"), Check: orElse(s.text("check"), v.URL("/password-strength"))}
	var label, again, hint string
	for key, to := range map[string]*string{"label": &label, "repeat": &again} {
		if *to, err = v.T("ui.new_password." + key); err != nil {
			return d, err
		}
	}
	if hint, err = v.T("ui.new_password.hint", "Minimum", minimum); err != nil {
		return d, err
	}
	options := []any{"type", "password", "autocomplete", "new-password", "required", "yes"}
	if d.First, err = newField(v, "new_password", label, append(options, "hint", hint)...); err != nil {
		return d, err
	}
	d.Repeat, err = newField(v, "repeat_password", again, options...)
	return d, err
}
