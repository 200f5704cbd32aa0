// Package loosejson reads strangers' JSON, in which a member that is missing or of a
// wrong type spoils nothing but itself: [Node] for members one by one, [Text] and
// its like for the fields of a struct.
package loosejson
