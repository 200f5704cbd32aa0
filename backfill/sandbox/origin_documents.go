package sandbox

import "net/http"

func (o *Origin) actor(a *Account, _ *http.Request) (int, object) {
	return http.StatusOK, a.actor()
}

func (o *Origin) followers(a *Account, _ *http.Request) (int, object) {
	return collection(a.URI()+"/followers", a.profile.Followers)
}

func (o *Origin) following(a *Account, _ *http.Request) (int, object) {
	return collection(a.URI()+"/following", 0)
}

func (o *Origin) featured(a *Account, _ *http.Request) (int, object) {
	status, doc := collection(a.URI()+"/collections/featured", 0)
	doc["orderedItems"] = []any{}
	return status, doc
}

func collection(id string, total int) (int, object) {
	return http.StatusOK, object{"id": id, "type": "OrderedCollection", "totalItems": total}
}

// visible finds a post that an unsigned reader, or home's instance actor, may see.
// It finds a boost only if boosts is set.
func visible(a *Account, id string, boosts bool) (int, *Post) {
	p := a.post(id)
	switch {
	case p == nil, p.note.Audience > Unlisted, p.IsBoost() && !boosts:
		return http.StatusNotFound, nil
	case p.gone:
		return http.StatusGone, nil
	}
	return http.StatusOK, p
}

func (o *Origin) status(a *Account, r *http.Request) (int, object) {
	status, p := visible(a, r.PathValue("id"), false)
	if p == nil {
		return status, nil
	}
	return status, p.object()
}

func (o *Origin) statusActivity(a *Account, r *http.Request) (int, object) {
	status, p := visible(a, r.PathValue("id"), true)
	if p == nil {
		return status, nil
	}
	return status, p.activity()
}

// statusReplies is a page of replies (replies_controller.rb): those of others, or
// the author's own.
func (o *Origin) statusReplies(a *Account, r *http.Request) (int, object) {
	status, p := visible(a, r.PathValue("id"), false)
	if p == nil {
		return status, nil
	}
	if !truthy(r.URL.Query().Get("page")) {
		return http.StatusOK, p.replies()
	}
	return http.StatusOK, p.repliesPage(r.URL.Query())
}
