// Package render makes mails of templates: a subject, a text and an HTML page with the same content, in the language that
// fits best. Values are shown literally: nothing a person typed becomes markup. Styles are inline and few, as mail
// readers drop the rest; no image, font or script is loaded from anywhere.
//
// templates holds a folder for each language. In it, parts.html and parts.txt are what its mails share, and each template
// has an HTML file, which defines "content" (and "action", a button's label), and a text file, which defines "subject" and
// "content".
package render
