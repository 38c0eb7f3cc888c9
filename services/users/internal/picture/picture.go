// Package picture makes small, clean pictures of the files that people upload: decoded within bounds, turned upright,
// scaled down and encoded anew, so that nothing of a file but what it shows is kept. It stores nothing.
package picture

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/sync/semaphore"
)

// Bounds of what is taken, and of what is made.
const (
	MaxBytes  = 5 << 20    // of a file
	MaxPixels = 40_000_000 // its width times its height
	MaxSide   = 512        // of a picture, in pixels
)

const (
	maxEdge = 1<<16 - 1 // of a file, in pixels: JPEG's own bound; the scaler's memory grows with a single edge too
	quality = 85        // of JPEG
)

// Why a file is refused.
const (
	WrongFormat   = "wrong_format" // none of the formats, or damaged
	WrongType     = "wrong_type"   // another format than its name or its media type says
	TooManyPixels = "too_many_pixels"
)

// RefusedError says why a file is no picture that can be taken.
type RefusedError struct{ Why string }

// Error gives the word.
func (e *RefusedError) Error() string { return "picture refused: " + e.Why }

// File is what was uploaded, as the client describes it.
type File struct {
	Name  string // empty: not said
	Type  string // media type; empty: not said
	Bytes []byte
}

// Picture is what is made of a file: a JPEG where nothing shows through, else a PNG.
type Picture struct {
	Type  string // image/jpeg or image/png
	Bytes []byte
}

// Converter makes pictures. However many are asked for at once, the files that are decoded at a time have no more than
// MaxPixels together; the others wait.
type Converter struct{ pixels *semaphore.Weighted }

// NewConverter makes one, for the whole process.
func NewConverter() *Converter { return &Converter{pixels: semaphore.NewWeighted(MaxPixels)} }

// Convert makes the picture of a JPEG, PNG, GIF or WebP (of an animation, of its first frame). A *RefusedError says what
// is wrong with the file; any other error is the context's, whose turn did not come.
func (c *Converter) Convert(ctx context.Context, f File) (Picture, error) {
	format := formatOf(f.Bytes)
	switch {
	case format == nil:
		return Picture{}, &RefusedError{WrongFormat}
	case !format.agrees(f):
		return Picture{}, &RefusedError{WrongType}
	}
	data := format.still(f.Bytes)
	bounds, err := format.config(bytes.NewReader(data))
	if err != nil || bounds.Width < 1 || bounds.Height < 1 {
		return Picture{}, &RefusedError{WrongFormat}
	}
	pixels := int64(bounds.Width) * int64(bounds.Height)
	if bounds.Width > maxEdge || bounds.Height > maxEdge || pixels > MaxPixels {
		return Picture{}, &RefusedError{TooManyPixels}
	}
	if err := c.pixels.Acquire(ctx, pixels); err != nil {
		return Picture{}, err
	}
	defer c.pixels.Release(pixels)
	whole, err := format.decode(bytes.NewReader(data))
	if err != nil || whole.Bounds().Empty() {
		return Picture{}, &RefusedError{WrongFormat}
	}
	return encode(orientation(format.meta, data).upright(shrink(whole)))
}

// shrink gives the image with no side longer than MaxSide, in its proportions; it makes none larger.
func shrink(whole image.Image) *image.RGBA {
	from := whole.Bounds()
	width, height := from.Dx(), from.Dy()
	if longest := max(width, height); longest > MaxSide {
		width, height = max(1, width*MaxSide/longest), max(1, height*MaxSide/longest)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, from, draw.Src, nil)
	return small
}

func encode(m *image.RGBA) (Picture, error) {
	var out bytes.Buffer
	if m.Opaque() {
		err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality})
		return Picture{Type: "image/jpeg", Bytes: out.Bytes()}, err
	}
	err := png.Encode(&out, m)
	return Picture{Type: "image/png", Bytes: out.Bytes()}, err
}
