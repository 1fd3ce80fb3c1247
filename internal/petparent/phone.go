package petparent

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone is one number as it is stored.
type Phone struct {
	Kind string `json:"kind"`           // "home", "work", "cell", ..., "unknown"
	E164 string `json:"e164,omitempty"` // +12065550152 (ITU-T E.164), when the number is complete
	Raw  string `json:"raw,omitempty"`  // as written, when it is not
	Ext  string `json:"ext,omitempty"`
}

// String is the number as people read it.
func (p Phone) String() string {
	s := p.Raw
	if p.E164 != "" {
		s = p.E164
		if n, err := phonenumbers.Parse(p.E164, ""); err == nil {
			s = phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
		}
	}
	if p.Ext != "" {
		s += " ext. " + p.Ext
	}
	return s
}

// ParsePhone reads a number as typed; region is the country of one without a
// country code. An incomplete number is kept as it is.
func ParsePhone(text, region string) Phone {
	text = clean(text)
	n, err := phonenumbers.Parse(text, region)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return Phone{Kind: "unknown", Raw: text}
	}
	return Phone{Kind: "unknown", E164: phonenumbers.Format(n, phonenumbers.E164), Ext: n.GetExtension()}
}

// region is the country of the first complete number, else the fallback.
func region(phones []Phone, fallback string) string {
	for _, p := range phones {
		if n, err := phonenumbers.Parse(p.E164, ""); err == nil {
			return phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
		}
	}
	return fallback
}

// typedPhones reads typed numbers; one that was there before keeps its kind.
func typedPhones(typed []string, known []Phone, fallback string) []Phone {
	country := region(known, fallback)
	phones := make([]Phone, 0, len(typed))
	for _, text := range typed {
		p := ParsePhone(text, country)
		for _, k := range known {
			if k.String() == clean(text) || k.String() == p.String() {
				p = k
				break
			}
		}
		phones = append(phones, p)
	}
	return phones
}

func joinPhones(phones []Phone, separator string) string {
	texts := make([]string, len(phones))
	for i, p := range phones {
		texts[i] = p.String()
	}
	return strings.Join(texts, separator)
}

// searchDigits are the forms in which somebody may type the number: with the
// country code, and as it is dialled inside the country.
func (p Phone) searchDigits() []string {
	if p.E164 == "" {
		return []string{digits(p.Raw)}
	}
	forms := []string{digits(p.E164)}
	if n, err := phonenumbers.Parse(p.E164, ""); err == nil {
		forms = append(forms, digits(phonenumbers.Format(n, phonenumbers.NATIONAL)))
	}
	return forms
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
