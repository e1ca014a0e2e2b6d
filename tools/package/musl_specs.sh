# In the build root: musl_specs.sh TRIPLET writes /build/musl.specs: gcc for glibc becomes one for musl (as Debian's musl-gcc
# does), and what it links is static and position-independent. (Libraries' builds make shared twins, which are thrown away.)
case $1 in
x86_64-linux-gnu) place=/usr/lib/x86_64-linux-musl include=/usr/include/x86_64-linux-musl ;;
aarch64-linux-gnu) place=/usr/lib/aarch64-linux-musl include=/usr/include/aarch64-linux-musl ;;
arm-linux-gnueabi) place=/usr/lib/arm-linux-musleabi include=/usr/include/arm-linux-musleabi ;;
esac
# The kernel's own headers, alone: glibc's would stand beside them.
mkdir -p /build/kernel
if [ "$1" = x86_64-linux-gnu ]; then
    ln -sf /usr/include/linux /usr/include/asm-generic /usr/include/$1/asm /build/kernel/
else
    ln -sf /usr/$1/include/linux /usr/$1/include/asm-generic /usr/$1/include/asm /build/kernel/
fi
[ -e "$place/rcrt1.o" ] || { echo "musl_specs.sh: no $place/rcrt1.o"; exit 1; }
cat >/build/musl.specs <<SPECS
%rename cpp_options old_cpp_options

*cpp_options:
-nostdinc -isystem $include -isystem include%s -isystem /build/kernel %(old_cpp_options)

*cc1:
-nostdinc -isystem $include -isystem include%s -isystem /build/kernel

*link_libgcc:
-L$place -L .%s

*libgcc:
--start-group libgcc.a%s libgcc_eh.a%s %{!shared: $place/libc.a} --end-group

*startfile:
%{!shared: $place/rcrt1.o} $place/crti.o crtbeginS.o%s

*endfile:
crtendS.o%s $place/crtn.o

*link:
-nostdlib %{shared:-shared} %{!shared:-static -pie --no-dynamic-linker} -z text -z relro -z now %{rdynamic:}

*esp_link:


*esp_options:


*esp_cpp_options:


SPECS
