/* A system call of another architecture than the program's own: getpid of i386. 0 when the kernel takes it. */
int main(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    return result <= 0;
}
