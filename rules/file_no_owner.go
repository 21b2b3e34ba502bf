package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileNoOwner() rule.Rule {
	return rule.Rule{
		ID:    "file-no-owner",
		Title: "Files belong to a user or group that does not exist",
		Why: "The next user that is created may get the uid, and with it the files. " +
			"Most often it is the uid of who built the image, which slips in with an archive or from a build context. " +
			"Give the files an owner of the image: COPY --chown, tar --no-same-owner, or chown.",
		Bad:      "-rw-r--r-- 0 0 32 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n-rw-r--r-- 0 0 32 etc/group\n    root:x:0:\n-rw-r--r-- 501 20 12 opt/tool/README\n",
		Good:     "-rw-r--r-- 0 0 32 etc/passwd\n    root:x:0:0:root:/root:/bin/sh\n-rw-r--r-- 0 0 32 etc/group\n    root:x:0:\n-rw-r--r-- 0 0 12 opt/tool/README\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Want:     wantAccounts(passwdPath, groupPath),
		File:     noteAccounts,
		Entry:    noteOwner,
		Image: func(im *rule.Image) {
			a := accountsOf(im)
			if !a.hasPasswd || !a.hasGroup {
				return // from scratch: there are no users to belong to
			}
			uids, gids := numbers(a.passwd), numbers(a.group)
			user, group, _ := strings.Cut(strings.TrimSpace(im.Config.Config.User), ":")
			uids[idOf(user)], gids[idOf(group)] = true, true
			for i := range a.passwd {
				gids[a.passwd[i].primary()] = gids[a.passwd[i].primary()] || a.passwd[i].id == idOf(user)
			}
			unknown := gather(im.Notes(), func(n *inventory.Note) string {
				uid, gid := ownersOf(n)
				if n.ID != "owner" || uids[uid] && gids[gid] {
					return ""
				}
				// A group with the number of the user that the image runs as is meant.
				if uid == idOf(user) && (gid == uid || gid == 0) {
					return ""
				}
				return n.Same
			})
			reportGroups(im, unknown, func(g *gathering) rule.Found {
				uid, gid := ownersOf(&g.first)
				var who []string
				if !uids[uid] {
					who = append(who, fmt.Sprintf("uid %d", uid))
				}
				if !gids[gid] {
					who = append(who, fmt.Sprintf("gid %d", gid))
				}
				return rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s of %s, which nobody in the image has: %s.",
					counted(g.files, "file"), strings.Join(who, " and "), somePaths(g.paths, g.files))}
			})
		},
	}
}

// noteOwner notes what does not belong to root, by its owner.
func noteOwner(e *walk.Entry) *inventory.Note {
	if e.UID == 0 && e.GID == 0 {
		return nil
	}
	var b [48]byte
	same := append(strconv.AppendInt(b[:0], int64(e.UID), 10), ':')
	return &inventory.Note{ID: "owner", Same: string(strconv.AppendInt(same, int64(e.GID), 10)), Size: e.Size}
}

// ownersOf reads what noteOwner has noted.
func ownersOf(n *inventory.Note) (uid, gid int) {
	u, g, _ := strings.Cut(n.Same, ":")
	return idOf(u), idOf(g)
}

// numbers are the numbers of accounts. Root is always one.
func numbers(all []account) map[int]bool {
	known := map[int]bool{0: true}
	for i := range all {
		known[all[i].id] = true
	}
	return known
}
