package mail

import "strings"

// inlineStyles puts the look into the HTML of a built-in template, since mail
// programs drop style sheets. Templates are written with these few bare
// elements, so that a translator sees words and not styles. It works on the
// source, before any value is filled in.
func inlineStyles(source string) string {
	pairs := []string{
		`<body>`, `<body style="margin:0;padding:0;background-color:#FAF7F2;">`,
		`<table class="page">`, `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#FAF7F2;">`,
		`<td class="page">`, `<td align="center" style="padding:24px 12px;">`,
		`<table class="column">`, `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;">`,
		`<td class="sender">`, `<td style="` + font + `font-size:17px;line-height:1.5;font-weight:bold;color:` + colour + `;padding:0 4px 12px 4px;">`,
		`<img class="logo" `, `<img style="display:block;border:0;margin:0 0 8px 0;" `,
		`<td class="card">`, `<td style="` + font + `font-size:17px;line-height:1.5;color:#1F2A2E;background-color:#FFFFFF;border:1px solid #E4DED4;border-radius:10px;padding:24px;">`,
		`<td class="footer">`, `<td style="` + font + `font-size:14px;line-height:1.5;color:#556168;padding:16px 4px 0 4px;">`,
	}
	for _, one := range []struct{ name, look string }{
		{"h1", ""}, {"p", ""}, {"p", "button"}, {"a", "button"}, {"a", ""}, {"p", "box"}, {"span", "key"}, {"pre", "list"},
	} {
		bare, style := "<"+one.name, ` style="`+styleOf(one.name, one.look)+`"`
		with := bare
		if one.look != "" {
			bare += ` class="` + one.look + `"`
		}
		end := ">"
		if one.name == "a" {
			end = " " // href follows
		}
		pairs = append(pairs, bare+end, with+style+end)
	}
	return strings.NewReplacer(pairs...).Replace(source)
}

// styleOf is the look of an element in a message, "" for none of its own. The
// look is one that classes names for it, or "".
func styleOf(element, look string) string {
	switch element + "." + look {
	case "h1.":
		return "font-size:21px;line-height:1.3;font-weight:bold;margin:0 0 16px 0;color:#1F2A2E;"
	case "h2.":
		return "font-size:19px;line-height:1.3;font-weight:bold;margin:0 0 12px 0;color:#1F2A2E;"
	case "h3.":
		return "font-size:17px;line-height:1.3;font-weight:bold;margin:0 0 8px 0;color:#1F2A2E;"
	case "p.":
		return "margin:0 0 16px 0;"
	case "p.button":
		return "margin:0 0 20px 0;"
	case "p.box":
		return "margin:0 0 20px 0;padding:16px;background-color:#FAF7F2;border:1px solid #E4DED4;border-radius:8px;word-break:break-word;"
	case "a.":
		return "color:" + colour + ";"
	case "a.button":
		return "display:inline-block;background-color:" + colour + ";color:#FFFFFF;font-weight:bold;text-decoration:none;padding:12px 24px;border-radius:8px;"
	case "span.key":
		return "font-family:Consolas,Menlo,'Courier New',monospace;font-size:19px;font-weight:bold;color:#1F2A2E;"
	case "pre.", "pre.list":
		return font + "font-size:17px;line-height:1.6;margin:0 0 20px 0;padding:16px;background-color:#FAF7F2;border:1px solid #E4DED4;border-radius:8px;white-space:pre-wrap;word-break:break-word;"
	case "ul.", "ol.":
		return "margin:0 0 16px 0;padding:0 0 0 24px;"
	case "li.":
		return "margin:0 0 4px 0;"
	case "blockquote.":
		return "margin:0 0 16px 0;padding:0 0 0 16px;border-left:3px solid #E4DED4;color:#556168;"
	case "hr.":
		return "border:0;border-top:1px solid #E4DED4;margin:20px 0;"
	case "table.":
		return "border-collapse:collapse;margin:0 0 16px 0;"
	case "td.":
		return "padding:4px 12px 4px 0;text-align:left;vertical-align:top;"
	case "th.":
		return "padding:4px 12px 4px 0;text-align:left;vertical-align:top;font-weight:bold;"
	case "img.":
		return "max-width:100%;border:0;"
	}
	return ""
}

// colour stands where the practice's colour goes.
const colour = "{{brand_colour}}"

const font = "font-family:'Atkinson Hyperlegible Next',-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
