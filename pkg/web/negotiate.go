package web

import (
	"mime"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
)

const (
	mediaJSON      = "application/json"
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"
)

// bodyLimit is how large a body may be whose route says nothing.
const bodyLimit = 64 << 10

func (r Route) limit() int {
	if r.Limit > 0 {
		return r.Limit
	}
	return bodyLimit
}

// media is the type a body has to be of; "" for any.
func (b Body) media() string {
	switch b {
	case JSON, OptionalJSON:
		return mediaJSON
	case Form:
		return mediaForm
	case Multipart:
		return mediaMultipart
	}
	return ""
}

// contentType is the request's, in lower case and without its parameters; "" where it can't be read.
func contentType(c *fiber.Ctx) (media string, params map[string]string) {
	media, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil {
		return "", nil
	}
	return media, params
}

// checkBody wants a body, where there is one, to be of the route's type and within its limit.
func checkBody(c *fiber.Ctx, r Route) error {
	size := len(c.Request().Body())
	if r.Body == NoBody || size == 0 {
		return nil
	}
	if size > r.limit() {
		return fault.New(fault.TooLarge)
	}
	media, params := contentType(c)
	if media != r.Body.media() {
		return fault.New(fault.MediaUnsupported)
	}
	for name, value := range params {
		bounds := r.Body == Multipart && name == "boundary"
		if !bounds && (name != "charset" || !strings.EqualFold(value, "utf-8")) {
			return fault.New(fault.MediaUnsupported)
		}
	}
	return nil
}

// admitsJSON tells whether Accept lets application/json through: the most specific range that covers it decides (RFC
// 9110, section 12.5.1). No header admits everything, a range that can't be read nothing.
func admitsJSON(accept [][]byte) bool {
	ranks := map[string]int{"*/*": 1, "application/*": 2, mediaJSON: 3}
	listed, best, admitted := false, 0, false
	for _, line := range accept {
		for text := range strings.SplitSeq(string(line), ",") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			listed = true
			media, quality := mediaRange(text)
			if rank := ranks[media]; rank > best {
				best, admitted = rank, quality > 0
			}
		}
	}
	return admitted || !listed
}

// mediaRange reads "type/subtype;q=0.5".
func mediaRange(text string) (media string, quality float64) {
	media, params, _ := strings.Cut(text, ";")
	quality = 1
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return "", 0
			}
			quality = q
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), quality
}

// Locale is the first language of Accept-Language that is well formed ("en" where there is none).
func Locale(c *fiber.Ctx) string {
	for text := range strings.SplitSeq(c.Get(fiber.HeaderAcceptLanguage), ",") {
		tag, _, _ := strings.Cut(text, ";")
		if tag = strings.TrimSpace(tag); isLanguage(tag) {
			return tag
		}
	}
	return "en"
}

// isLanguage tells whether tag has the form of RFC 5646: letters, then groups of letters and digits, of 8 at most.
func isLanguage(tag string) bool {
	const maxTag = 35
	first, rest, more := strings.Cut(tag, "-")
	if len(tag) > maxTag || len(first) < 2 || !isSubtag(first) || strings.ContainsAny(first, "0123456789") {
		return false
	}
	for more {
		var group string
		if group, rest, more = strings.Cut(rest, "-"); !isSubtag(group) {
			return false
		}
	}
	return true
}

func isSubtag(s string) bool {
	const maxSubtag = 8
	for _, ch := range []byte(s) {
		if (ch < '0' || ch > '9') && (ch|0x20 < 'a' || ch|0x20 > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= maxSubtag
}
