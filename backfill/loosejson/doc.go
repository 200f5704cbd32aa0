// Package loosejson reads JSON of strangers, in which a member that is missing or
// of a wrong type spoils nothing but itself: [Node] where members are asked for one
// by one, [Text] and its like as the fields of a struct.
package loosejson
