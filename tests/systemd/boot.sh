#!/bin/sh
# Process 1 of a machine within this machine: a real systemd, with folders, users and processes of its own.
# Runs in new namespaces (mount, pid, cgroup, uts, ipc). Arguments: paths that users may read.
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/old
mount --rbind / /run/old
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
systemd=/usr/lib/systemd
for folder in /srv /root /home /etc/systemd/system "$systemd/system" "$systemd/system-generators"; do
  mount -t tmpfs -o mode=755 tmpfs "$folder"
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
for path in "$@"; do
  case $path in
    /root/* | /home/*)
      mkdir -p "$path"
      mount --rbind "/run/old$path" "$path"
      ;;
  esac
done
cp /etc/passwd /etc/group /run
echo 'ntpd112:x:64112:64112::/srv/ntpd112:/bin/sh' >>/run/passwd
echo 'ntpd112:x:64112:' >>/run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
install -d -o 64112 -g 64112 /srv/ntpd112 /srv/log
for target in sysinit basic multi-user network-online shutdown; do
  printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$systemd/system/$target.target"
done
mkdir "$systemd/system/service.d"
printf '[Service]\nStandardOutput=append:/srv/log/%%n\nStandardError=inherit\n' >"$systemd/system/service.d/output.conf"
export container=ntpd112
exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=no </dev/null
