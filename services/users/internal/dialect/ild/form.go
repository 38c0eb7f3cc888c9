package ild

import (
	"github.com/gofiber/fiber/v2"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/web"
	"github.com/watchword/watchword/services/users/internal/core"
	"github.com/watchword/watchword/services/users/internal/picture"
)

// formLimit leaves room about a picture of the greatest size for the other parts.
const formLimit = picture.MaxBytes + 64<<10

const pictureField = "profileImage"

func (h Handler) updateProfile(c *fiber.Ctx) error {
	form, err := web.Parts(c)
	if err != nil {
		return err
	}
	in, err := change(form)
	if err != nil {
		return err
	}
	in.Actor = actor(c)
	p, err := h.Core.UpdateProfile(web.Context(c), in)
	if err != nil {
		return err
	}
	return c.JSON(profile(p))
}

// change reads what a form changes: parts that are not there change nothing. profileImage as an empty text takes the
// picture away.
func change(form web.PartSet) (core.UpdateProfile, error) {
	var in core.UpdateProfile
	for name, to := range map[string]**string{"name": &in.Name, "firstName": &in.FirstName, "lastName": &in.LastName, "bio": &in.Bio} {
		if _, isFile := form.Files[name]; isFile {
			return in, fault.Field(fault.Malformed, name, fault.FieldType)
		}
		if text, given := form.Texts[name]; given {
			*to = &text
		}
	}
	text, isText := form.Texts[pictureField]
	if text != "" {
		return in, fault.Field(fault.ImageRefused, pictureField, fault.FieldType)
	}
	in.RemovePicture = isText
	if f, given := form.Files[pictureField]; given {
		in.Picture = &picture.File{Name: f.Name, Type: f.Type, Bytes: f.Bytes}
	}
	return in, nil
}
