package picture

import (
	"encoding/binary"
	"slices"
)

const (
	chunkHeader = 8  // a name and a length
	frameHeader = 16 // of an ANMF chunk: place, size, duration and flags
	alphaFlag   = 1 << 4
	motionFlag  = 1 << 1
)

// stillWebP gives the first frame of an animated WebP as a file of its own, as the decoder takes no others; any other
// file as it is. What is damaged is left for the decoder to refuse.
func stillWebP(data []byte) []byte {
	chunks := data[12:]
	if name, body, _ := cutChunk(chunks); name != "VP8X" || len(body) != 10 || body[0]&motionFlag == 0 {
		return data
	}
	for len(chunks) > 0 {
		var name string
		var body []byte
		if name, body, chunks = cutChunk(chunks); name == "ANMF" && len(body) > frameHeader {
			return wrapFrame(body[6:12], body[frameHeader:])
		}
	}
	return data
}

// cutChunk gives the first chunk and what follows it; both empty where there is no whole one.
func cutChunk(data []byte) (name string, body, rest []byte) {
	if len(data) < chunkHeader {
		return "", nil, nil
	}
	size := uint64(binary.LittleEndian.Uint32(data[4:]))
	padded := chunkHeader + size + size%2
	if padded > uint64(len(data)) {
		return "", nil, nil
	}
	return string(data[:4]), data[chunkHeader : chunkHeader+size], data[padded:]
}

// wrapFrame puts a frame's chunks behind the headers of a file; size is the frame's, as both kinds of header write it.
func wrapFrame(size, chunks []byte) []byte {
	extended := make([]byte, 4, 10) // flags, and reserved bytes
	if name, _, _ := cutChunk(chunks); name == "ALPH" {
		extended[0] = alphaFlag
	}
	extended = append(extended, size...)
	body := slices.Concat([]byte("WEBPVP8X\x0a\x00\x00\x00"), extended, chunks)
	return slices.Concat([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body)
}
