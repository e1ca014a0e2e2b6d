# For the scripts of this folder, from the top of the repository.
# shellcheck disable=SC2034 # for those who read this
version=${VERSION:-$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -n 1)}
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y meson.build)}"
export SOURCE_DATE_EPOCH

need() { # FILE PACKAGE …
    local missing=()
    while [ $# -gt 0 ]; do
        [ -e "$1" ] || missing+=("$2")
        shift 2
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "-- installing ${missing[*]}"
    apt-get -o DPkg::Lock::Timeout=600 update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

# sign FILE: with the certificate that SIGN_CERT names (PKCS #12; its password stands in the file SIGN_PASS_FILE), if it names one.
sign() {
    [ -n "${SIGN_CERT:-}" ] || return 0
    need /usr/bin/osslsigncode osslsigncode
    local options=(-pkcs12 "$SIGN_CERT" -n zabbix-atol -h sha256)
    [ -z "${SIGN_PASS_FILE:-}" ] || options+=(-readpass "$SIGN_PASS_FILE")
    [ -z "${SIGN_TIME_URL:-}" ] || options+=(-ts "$SIGN_TIME_URL")
    osslsigncode sign "${options[@]}" -in "$1" -out "$1.signed" >/dev/null
    mv "$1.signed" "$1"
}
