// Package wellknown reads the documents by which servers tell strangers about
// themselves and their accounts: WebFinger, host-meta and nodeinfo.
package wellknown
