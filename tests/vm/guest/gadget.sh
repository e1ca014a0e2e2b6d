#!/bin/bash
# gadget.sh NAME UDC [SERIAL]: the USB side of an ATOL register: 2912:0005 with two ACM functions, interfaces 00/01 for the
# exchange and 02/03 for the OFD. gadget.sh NAME down: pulls the plug; gadget.sh NAME up UDC: plugs it in again.
set -eu
gadget=/sys/kernel/config/usb_gadget/$1
case $2 in
down) echo >"$gadget/UDC"; exit ;;
up) echo "$3" >"$gadget/UDC"; exit ;;
esac
modprobe libcomposite
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
mkdir -p "$gadget/strings/0x409" "$gadget/configs/c.1/strings/0x409"
cd "$gadget"
echo 0x2912 >idVendor
echo 0x0005 >idProduct
echo 0x0200 >bcdUSB
echo 0xEF >bDeviceClass
echo 2 >bDeviceSubClass
echo 1 >bDeviceProtocol
echo ATOL >strings/0x409/manufacturer
echo "ATOL USB Device" >strings/0x409/product
[ -z "${3:-}" ] || echo "$3" >strings/0x409/serialnumber
echo kkt >configs/c.1/strings/0x409/configuration
for i in 0 1; do
    mkdir -p "functions/acm.$1$i"
    ln -sf "$gadget/functions/acm.$1$i" configs/c.1/
done
echo "$2" >UDC
