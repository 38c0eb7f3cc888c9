package picture

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// turn is EXIF's orientation: where the first row and column of what is stored belong in what is shown (Exif 2.3, section
// 4.6.4). 1: as they are.
type turn int

// orientation reads a file's; what says none, or none that is known, is taken for upright.
func orientation(meta imagemeta.ImageFormat, data []byte) turn {
	found := turn(1)
	if meta == 0 {
		return found
	}
	_, err := imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(data),
		ImageFormat: meta,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Tag == "Orientation" && tag.Namespace == "IFD0"
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && v >= 1 && v <= 8 {
				found = turn(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil {
		return 1 // the picture itself was decoded: broken metadata is dropped like any
	}
	return found
}

// upright gives the image as it is meant to be seen.
func (t turn) upright(m *image.RGBA) *image.RGBA {
	if t <= 1 {
		return m
	}
	width, height := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	if t >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			toX, toY := t.place(x, y, width, height)
			copy(out.Pix[out.PixOffset(toX, toY):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

// place tells where the pixel at x, y of an image of that size belongs.
func (t turn) place(x, y, width, height int) (toX, toY int) {
	right, bottom := width-1-x, height-1-y
	switch t {
	case 2:
		return right, y
	case 3:
		return right, bottom
	case 4:
		return x, bottom
	case 5:
		return y, x
	case 6:
		return bottom, x
	case 7:
		return bottom, right
	case 8:
		return y, right
	}
	return x, y
}
