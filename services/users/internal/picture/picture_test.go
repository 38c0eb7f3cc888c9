package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/services/users/internal/picture"
)

func convert(t *testing.T, f picture.File) picture.Picture {
	t.Helper()
	p, err := picture.NewConverter().Convert(t.Context(), f)
	check(t, err)
	return p
}

func refused(t *testing.T, f picture.File, why string) {
	t.Helper()
	p, err := picture.NewConverter().Convert(t.Context(), f)
	var refusal *picture.RefusedError
	if !errors.As(err, &refusal) || refusal.Why != why {
		t.Fatalf("%d bytes of %s, %v; want %s", len(p.Bytes), p.Type, err, why)
	}
}

func decoded(t *testing.T, p picture.Picture) image.Image {
	t.Helper()
	m, format, err := image.Decode(bytes.NewReader(p.Bytes))
	check(t, err)
	if "image/"+format != p.Type {
		t.Fatalf("%s that is a %s", p.Type, format)
	}
	return m
}

func TestEveryFormatIsTaken(t *testing.T) {
	t.Parallel()
	opaque, transparent := checkers(4, 2, 255), checkers(4, 2, 0)
	for name, test := range map[string]struct {
		file picture.File
		want string
		size image.Point
	}{
		"JPEG":                    {picture.File{Name: "me.JPG", Type: "image/jpeg", Bytes: jpegOf(t, opaque)}, "image/jpeg", image.Pt(4, 2)},
		"JPEG, nothing said":      {picture.File{Bytes: jpegOf(t, opaque)}, "image/jpeg", image.Pt(4, 2)},
		"JPEG, type unknown":      {picture.File{Type: "application/octet-stream", Bytes: jpegOf(t, opaque)}, "image/jpeg", image.Pt(4, 2)},
		"PNG":                     {picture.File{Name: "me.png", Type: "image/png", Bytes: pngOf(t, opaque)}, "image/jpeg", image.Pt(4, 2)},
		"PNG that shows through":  {picture.File{Name: "me.png", Type: "image/png", Bytes: pngOf(t, transparent)}, "image/png", image.Pt(4, 2)},
		"GIF":                     {picture.File{Name: "me.gif", Type: "image/gif", Bytes: gifOf(t, 3, 5)}, "image/jpeg", image.Pt(3, 5)},
		"WebP, lossy":             {picture.File{Name: "me.webp", Type: "image/webp", Bytes: webpOf(t, webpLossy)}, "image/jpeg", image.Pt(1, 1)},
		"WebP, lossless":          {picture.File{Name: "me.webp", Type: "image/webp", Bytes: webpOf(t, webpLossless)}, "image/png", image.Pt(1, 1)},
		"WebP that shows through": {picture.File{Name: "me.webp", Type: "image/webp", Bytes: webpOf(t, webpAlpha)}, "image/png", image.Pt(1, 1)},
		"WebP that moves":         {picture.File{Name: "me.webp", Type: "image/webp", Bytes: webpOf(t, webpMoving)}, "image/png", image.Pt(1, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := convert(t, test.file)
			if got := decoded(t, p).Bounds().Size(); p.Type != test.want || got != test.size {
				t.Errorf("%s of %v, want %s of %v", p.Type, got, test.want, test.size)
			}
		})
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	t.Parallel()
	whole := jpegOf(t, checkers(300, 200, 255))
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	for name, test := range map[string]struct {
		file picture.File
		why  string
	}{
		"nothing":             {picture.File{}, picture.WrongFormat},
		"SVG":                 {picture.File{Name: "me.svg", Type: "image/svg+xml", Bytes: svg}, picture.WrongFormat},
		"SVG that says PNG":   {picture.File{Name: "me.png", Type: "image/png", Bytes: svg}, picture.WrongFormat},
		"TIFF":                {picture.File{Name: "me.tif", Bytes: []byte("II*\x00\x08\x00\x00\x00")}, picture.WrongFormat},
		"BMP":                 {picture.File{Name: "me.bmp", Bytes: []byte("BM\x00\x00\x00\x00")}, picture.WrongFormat},
		"another extension":   {picture.File{Name: "me.svg", Type: "image/jpeg", Bytes: whole}, picture.WrongType},
		"two extensions":      {picture.File{Name: "me.jpg.exe", Type: "image/jpeg", Bytes: whole}, picture.WrongType},
		"another format's":    {picture.File{Name: "me.png", Type: "image/jpeg", Bytes: whole}, picture.WrongType},
		"another type":        {picture.File{Name: "me.jpg", Type: "text/html", Bytes: whole}, picture.WrongType},
		"a type that is none": {picture.File{Name: "me.jpg", Type: "image", Bytes: whole}, picture.WrongType},
		"JPEG cut short":      {picture.File{Bytes: whole[:len(whole)/2]}, picture.WrongFormat},
		"JPEG's head alone":   {picture.File{Bytes: whole[:4]}, picture.WrongFormat},
		"PNG cut short":       {picture.File{Bytes: cut(pngOf(t, checkers(300, 200, 255)))}, picture.WrongFormat},
		"GIF cut short":       {picture.File{Bytes: cut(gifOf(t, 30, 50))}, picture.WrongFormat},
		"WebP cut short":      {picture.File{Bytes: cut(webpOf(t, webpLossy))}, picture.WrongFormat},
		"moving WebP cut":     {picture.File{Bytes: cut(webpOf(t, webpMoving))}, picture.WrongFormat},
		"RIFF that is sound":  {picture.File{Bytes: []byte("RIFF\x04\x00\x00\x00WAVE")}, picture.WrongFormat},
		"a bomb":              {picture.File{Bytes: pngHead(50_000, 50_000)}, picture.TooManyPixels},
		"a pixel too many":    {picture.File{Bytes: pngHead(40_001, 1_000)}, picture.TooManyPixels},
		"a long line":         {picture.File{Bytes: pngHead(20_000_000, 1)}, picture.TooManyPixels},
		"no pixels":           {picture.File{Bytes: pngHead(0, 1)}, picture.WrongFormat},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, test.file, test.why)
		})
	}
}

// A bomb is refused by what its head says: nothing is set aside for its pixels.
func TestABombCostsNothing(t *testing.T) {
	before := allocated()
	refused(t, picture.File{Bytes: pngHead(50_000, 50_000)}, picture.TooManyPixels)
	if grown := allocated() - before; grown > 1<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestPicturesAreScaledInProportion(t *testing.T) {
	t.Parallel()
	for from, want := range map[image.Point]image.Point{
		{1024, 512}: {512, 256},
		{300, 900}:  {170, 512},
		{512, 512}:  {512, 512},
		{513, 1}:    {512, 1},
		{1, 20_000}: {1, 512},
		{100, 50}:   {100, 50},
		{600, 600}:  {512, 512},
	} {
		p := convert(t, picture.File{Bytes: pngOf(t, checkers(from.X, from.Y, 255))})
		if got := decoded(t, p).Bounds().Size(); got != want {
			t.Errorf("%v became %v, want %v", from, got, want)
		}
	}
}

func TestNothingOfTheFileIsKept(t *testing.T) {
	t.Parallel()
	const canary = "52.5200N 13.4050E <script>"
	m := checkers(16, 16, 255)
	for name, file := range map[string][]byte{
		"a comment":     slip(jpegOf(t, m), 2, segment(0xfe, []byte(canary))),
		"Exif":          slip(jpegOf(t, m), 2, segment(0xe1, append(exif(1), canary...))),
		"text":          slip(pngOf(t, m), 33, chunk("tEXt", []byte("Comment\x00"+canary))),
		"behind it":     append(jpegOf(t, m), canary...),
		"behind a GIF":  append(gifOf(t, 3, 5), canary...),
		"behind a WebP": append(webpOf(t, webpLossy), canary...),
	} {
		if p := convert(t, picture.File{Bytes: file}); bytes.Contains(p.Bytes, []byte(canary)) || bytes.Contains(p.Bytes, []byte("Exif")) {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestPicturesStandUpright(t *testing.T) {
	t.Parallel()
	// What is seen: red green over blue white. Stored: turned so that the orientation brings it back.
	seen := [4]string{"red", "green", "blue", "white"}
	for orientation, stored := range map[uint16][4]string{
		1: {"red", "green", "blue", "white"},
		2: {"green", "red", "white", "blue"},
		3: {"white", "blue", "green", "red"},
		4: {"blue", "white", "red", "green"},
		5: {"red", "blue", "green", "white"},
		6: {"green", "white", "red", "blue"},
		7: {"white", "green", "blue", "red"},
		8: {"blue", "red", "white", "green"},
		9: {"red", "green", "blue", "white"}, // there is no ninth
	} {
		width, height := 32, 16
		if orientation >= 5 && orientation <= 8 {
			width, height = height, width
		}
		m := quarters(width, height, stored)
		for name, file := range map[string][]byte{
			"JPEG": slip(jpegOf(t, m), 2, segment(0xe1, exif(orientation))),
			"PNG":  slip(pngOf(t, m), 33, chunk("eXIf", exif(orientation)[6:])),
		} {
			got := decoded(t, convert(t, picture.File{Bytes: file}))
			if size := got.Bounds().Size(); size != image.Pt(32, 16) {
				t.Errorf("%s, orientation %d: %v", name, orientation, size)
			}
			if diff := cmp.Diff(seen, corners(got)); diff != "" {
				t.Errorf("%s, orientation %d (-want +got):\n%s", name, orientation, diff)
			}
		}
	}
}

func TestWhoseTurnDoesNotComeIsToldSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := picture.NewConverter().Convert(ctx, picture.File{Bytes: pngOf(t, checkers(4, 4, 255))}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzConvert(f *testing.F) {
	m := checkers(20, 10, 0)
	for _, file := range [][]byte{
		slip(jpegOf(f, m), 2, segment(0xe1, exif(6))), slip(pngOf(f, m), 33, chunk("eXIf", exif(3)[6:])), gifOf(f, 3, 5),
		webpOf(f, webpLossy), webpOf(f, webpLossless), webpOf(f, webpAlpha), webpOf(f, webpMoving), pngHead(3, 3),
	} {
		f.Add(file)
	}
	converter := picture.NewConverter()
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := converter.Convert(t.Context(), picture.File{Bytes: data})
		var refusal *picture.RefusedError
		if err != nil {
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			return
		}
		if size := decoded(t, p).Bounds().Size(); size.X < 1 || size.Y < 1 || size.X > picture.MaxSide || size.Y > picture.MaxSide {
			t.Errorf("a picture of %v", size)
		}
	})
}

// exif is a block with nothing in it but an orientation.
func exif(orientation uint16) []byte {
	block := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	block = binary.BigEndian.AppendUint16(block, orientation)
	return append(block, 0, 0, 0, 0, 0, 0)
}

var colours = map[string]color.NRGBA{
	"red": {255, 0, 0, 255}, "green": {0, 255, 0, 255}, "blue": {0, 0, 255, 255}, "white": {255, 255, 255, 255},
}

// corners names the colours in the middle of an image's quarters.
func corners(m image.Image) (out [4]string) {
	size := m.Bounds().Size()
	for i := range out {
		r, g, b, _ := m.At(size.X/4+i%2*size.X/2, size.Y/4+i/2*size.Y/2).RGBA()
		for name, c := range colours {
			if near(r, c.R) && near(g, c.G) && near(b, c.B) {
				out[i] = name
			}
		}
	}
	return out
}

func near(got uint32, want uint8) bool {
	return max(got>>8, uint32(want))-min(got>>8, uint32(want)) < 60
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cut(data []byte) []byte { return data[:len(data)/2] }

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	check(t, jpeg.Encode(&out, m, nil))
	return out.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	check(t, png.Encode(&out, m))
	return out.Bytes()
}
