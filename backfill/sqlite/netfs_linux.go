package sqlite

import "syscall"

// networkFileSystem names the network file system that dir is on; "" if it is on
// none. The numbers are those of statfs(2).
func networkFileSystem(dir string) (string, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return "", err
	}
	return networkName(uint32(s.Type)), nil
}

func networkName(magic uint32) string {
	switch magic {
	case 0x6969:
		return "NFS"
	case 0x517b, 0xff534d42, 0xfe534d42:
		return "SMB"
	case 0x5346414f, 0x6b414653:
		return "AFS"
	case 0x00c36400:
		return "Ceph"
	case 0x0bd00bd0:
		return "Lustre"
	case 0x7461636f:
		return "OCFS2"
	case 0x47504653:
		return "GPFS"
	}
	return ""
}
