#!/usr/bin/env bash
# Installers of the Windows programs: build/windows/zabbix-atol-VERSION-windows-{x64,x86}.msi, from the folders that package.sh
# has made. Usage: msi.sh [x64|x86 …]
#
# SIGN_CERT=FILE.p12 [SIGN_PASS_FILE=FILE] [SIGN_TIME_URL=URL] signs them (osslsigncode); package.sh signs the programs in them.
# VERSION=1.0.1 MSI_FOLDER=FOLDER: a later one of the same programs, for the tests. The same source gives the same bytes: times are SOURCE_DATE_EPOCH's, else the last commit's, and every id is made of version
# and bitness.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8
. tools/windows/common.sh
need /usr/bin/wixl wixl /usr/bin/msibuild msitools /usr/bin/faketime faketime

# An id for each version and bitness, the same each time: a name-based UUID.
id_of() { python3 -c 'import sys, uuid; print("{%s}" % str(uuid.uuid5(uuid.UUID("6E0C3C5C-7B4E-4C0B-9C52-2E0E6C0B5B7A"), sys.argv[1])).upper())' "$1"; }

content() { cat "$1" && sha256sum <"$actions" && (cd "$2" && find . -type f | sort | xargs -d '\n' sha256sum); }

[ $# -gt 0 ] || set -- x64 x86
upgrade_code=$(sed -n 's/.* UpgradeCode="\([^"]*\)".*/\1/p' packaging/windows/zabbix-atol.wxs)
properties="NAME;CONNECT;AGENT;SERVICE;KEEP"
now=@$(date -d "@$SOURCE_DATE_EPOCH" '+%F %T') # for programs that know no time but now
for arch in "$@"; do
    case $arch in
    x64) template=x64 files=ProgramFiles64Folder win64=yes ;;
    x86) template=Intel files=ProgramFilesFolder win64=no ;;
    *) echo "msi.sh: $arch: expected x64 or x86" >&2; exit 2 ;;
    esac
    folder=build/windows/package/$arch/zabbix-atol
    [ -e "$folder/zabbix-atol.exe" ] || { echo "msi.sh: $folder is not there; run tools/windows/package.sh first" >&2; exit 2; }
    actions=build/windows/package/$arch/installer.dll
    source=${MSI_FOLDER:-build/windows/package/$arch}/zabbix-atol.wxs
    python3 tools/windows/wxs.py packaging/windows/zabbix-atol.wxs "$folder" >"$source"
    target=${MSI_FOLDER:-build/windows}/zabbix-atol-$version-windows-$arch.msi
    rm -f "$target"
    find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    touch -d "@$SOURCE_DATE_EPOCH" "$source" "$actions" packaging/windows/zabbix-atol.ico
    faketime -f "$now" wixl --arch "$arch" -o "$target" -D Version="$version" \
        -D ProgramFiles="$files" -D Win64="$win64" -D Arch="$arch" -D Folder="$folder" -D Actions="$actions" \
        -D ProductCode="$(id_of "product $version $arch")" "$source"
    # What wixl cannot say: an id of the package that is not thrown by dice, the version of the program, by which the installer
    # decides what is newer, the properties that may be handed over when an administrator is asked for, and that another product of
    # the same version, which is the other bitness, is found too (513): installer_win32.c refuses it.
    faketime -f "$now" msibuild "$target" -s zabbix-atol zabbix-atol "$template;1033" "$(id_of "$(content "$source" "$folder")")"
    faketime -f "$now" msibuild "$target" \
        -q "UPDATE \`File\` SET \`Version\`='$version.0', \`Language\`='1049' WHERE \`File\`='zabbix_atol.exe'" \
        -q "DELETE FROM \`Upgrade\` WHERE \`ActionProperty\`='WIX_UPGRADE_DETECTED'" \
        -q "INSERT INTO \`Upgrade\` (\`UpgradeCode\`, \`VersionMax\`, \`Attributes\`, \`ActionProperty\`)
            VALUES ('{$upgrade_code}', '$version', 513, 'WIX_UPGRADE_DETECTED')" \
        -q "UPDATE \`Property\` SET \`Value\`='WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;$properties' WHERE \`Property\`='SecureCustomProperties'"
    sign "$target"
    printf '%-48s %8d bytes\n' "$target" "$(stat -c %s "$target")"
done
