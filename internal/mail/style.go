package mail

import "strings"

// inlineStyles puts the look into the HTML of a template, since mail programs
// drop style sheets. Templates are written with these few bare elements, so
// that a translator sees words and not styles. It works on the source, before
// any value is filled in.
func inlineStyles(source string) string {
	return strings.NewReplacer(
		`<body>`, `<body style="margin:0;padding:0;background-color:#FAF7F2;">`,
		`<table class="page">`, `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#FAF7F2;">`,
		`<td class="page">`, `<td align="center" style="padding:24px 12px;">`,
		`<table class="column">`, `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;">`,
		`<td class="sender">`, `<td style="`+font+`font-size:17px;line-height:1.5;font-weight:bold;color:#0F6B5C;padding:0 4px 12px 4px;">`,
		`<td class="card">`, `<td style="`+font+`font-size:17px;line-height:1.5;color:#1F2A2E;background-color:#FFFFFF;border:1px solid #E4DED4;border-radius:10px;padding:24px;">`,
		`<td class="footer">`, `<td style="`+font+`font-size:14px;line-height:1.5;color:#556168;padding:16px 4px 0 4px;">`,
		`<h1>`, `<h1 style="font-size:21px;line-height:1.3;font-weight:bold;margin:0 0 16px 0;color:#1F2A2E;">`,
		`<p>`, `<p style="margin:0 0 16px 0;">`,
		`<p class="button">`, `<p style="margin:0 0 20px 0;">`,
		`<a class="button" `, `<a style="display:inline-block;background-color:#0F6B5C;color:#FFFFFF;font-weight:bold;text-decoration:none;padding:12px 24px;border-radius:8px;" `,
		`<a `, `<a style="color:#0F6B5C;" `,
		`<p class="box">`, `<p style="margin:0 0 20px 0;padding:16px;background-color:#FAF7F2;border:1px solid #E4DED4;border-radius:8px;word-break:break-word;">`,
		`<span class="key">`, `<span style="font-family:Consolas,Menlo,'Courier New',monospace;font-size:19px;font-weight:bold;color:#1F2A2E;">`,
		`<pre class="list">`, `<pre style="`+font+`font-size:17px;line-height:1.6;margin:0 0 20px 0;padding:16px;background-color:#FAF7F2;border:1px solid #E4DED4;border-radius:8px;white-space:pre-wrap;word-break:break-word;">`,
	).Replace(source)
}

const font = "font-family:'Atkinson Hyperlegible Next',-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
