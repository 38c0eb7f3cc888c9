package picture

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"
)

// format is a kind of file that is taken. Which it is, its first bytes alone tell.
type format struct {
	starts     func(data []byte) bool
	types      []string
	extensions []string
	config     func(io.Reader) (image.Config, error)
	decode     func(io.Reader) (image.Image, error)
	still      func(data []byte) []byte // the file of its first frame, where decode takes no animation
	meta       imagemeta.ImageFormat    // 0: it says nothing of its orientation
}

var formats = []format{
	{
		starts:     prefixed("\xff\xd8\xff"),
		types:      []string{"image/jpeg", "image/jpg"},
		extensions: []string{".jpg", ".jpeg", ".jpe", ".jfif"},
		config:     jpeg.DecodeConfig,
		decode:     jpeg.Decode,
		still:      unchanged,
		meta:       imagemeta.JPEG,
	},
	{
		starts:     prefixed("\x89PNG\r\n\x1a\n"),
		types:      []string{"image/png"},
		extensions: []string{".png", ".apng"},
		config:     png.DecodeConfig,
		decode:     png.Decode,
		still:      unchanged,
		meta:       imagemeta.PNG,
	},
	{
		starts:     prefixed("GIF8"),
		types:      []string{"image/gif"},
		extensions: []string{".gif"},
		config:     gif.DecodeConfig,
		decode:     gif.Decode,
		still:      unchanged,
	},
	{
		starts:     func(data []byte) bool { return len(data) >= 12 && string(data[:4])+string(data[8:12]) == "RIFFWEBP" },
		types:      []string{"image/webp"},
		extensions: []string{".webp"},
		config:     webp.DecodeConfig,
		decode:     webp.Decode,
		still:      stillWebP,
		meta:       imagemeta.WebP,
	},
}

func prefixed(magic string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }
}

func unchanged(data []byte) []byte { return data }

// formatOf gives the file's format; nil: none of them.
func formatOf(data []byte) *format {
	i := slices.IndexFunc(formats, func(f format) bool { return f.starts(data) })
	if i < 0 {
		return nil
	}
	return &formats[i]
}

// agrees tells whether the name and the media type that the client gives, where it gives them, are the format's.
func (f *format) agrees(file File) bool {
	extension := strings.ToLower(path.Ext(file.Name))
	if extension != "" && !slices.Contains(f.extensions, extension) {
		return false
	}
	if file.Type == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(file.Type)
	return err == nil && (media == "application/octet-stream" || slices.Contains(f.types, media))
}
