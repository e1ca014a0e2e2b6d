"""What a person sees on the desktop: a message box, on an X server that draws into memory."""
import os
import pathlib
import subprocess

from stage import FOLDER, PATIENCE, WINE, exe, harness

REASONS = {"en": r"The program behind `--` was not started: C:\\Нет\\frontol\.exe: [^а-яё]+\(\d+\)\. Correct its path in the shortcut or the command line\.",
           "ru": r"Программа после `--` не запущена: C:\\Нет\\frontol\.exe: [^a-z]+\(\d+\)\. Исправьте её путь в ярлыке или командной строке\."}
SCREEN = "1024x400"  # a size that no desktop without an X server has
PICTURES = os.environ.get("DESKTOP_PICTURES")  # a folder: a picture of each box is put there (x11-apps, netpbm)


class DesktopTests:
    """Beside Stage, whose helpers it uses."""

    def x_server(self):
        """The number of a display that nobody else has."""
        said, telling = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(telling), "-screen", "0", f"{SCREEN}x24", "-nolisten", "tcp", "-ac"],
                                  pass_fds=[telling], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(telling)
        self.addCleanup(lambda: (server.terminate(), server.wait()))
        with os.fdopen(said) as number:
            return f":{number.readline().strip()}"

    def start_at_desktop(self, display, name, *words):
        """A program of a Wine profile of its own: a session that began without a display never gets one."""
        process = subprocess.Popen([WINE, self.arch, FOLDER / f"desktop-{self.arch}", exe(self.arch, name), *words], encoding="utf-8",
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "DISPLAY": display})
        self.addCleanup(lambda: (process.stdin.close(), process.terminate(), process.wait(PATIENCE), process.stdout.close(), process.stderr.close()))
        return process

    def await_desktop(self, display):
        """Wine makes the profile and the desktop at the first start; a program that comes before they are there has no screen, and no box."""
        def has_screen():
            seen = self.start_at_desktop(display, "box")
            return seen.communicate(timeout=PATIENCE)[0].strip() == SCREEN
        self.until("the desktop on the X server", has_screen)

    def texts_seen(self, person):
        """What stands in the box; nothing when none came."""
        texts = []
        while (line := person.stdout.readline()) and line.strip() != "end":
            texts.append(line.strip())
        return texts

    def picture(self, display, name):
        if PICTURES:
            dump = subprocess.run(["xwd", "-root", "-silent", "-display", display], check=True, capture_output=True).stdout
            pixels = subprocess.run(["xwdtopnm"], input=dump, check=True, capture_output=True).stdout
            (pathlib.Path(PICTURES) / f"{name}-{self.arch}.png").write_bytes(subprocess.run(["pnmtopng"], input=pixels, check=True, capture_output=True).stdout)

    def test_a_message_box_says_that_the_program_was_not_started(self):
        display = self.x_server()
        self.addCleanup(subprocess.run, [WINE, self.arch, FOLDER / f"desktop-{self.arch}", "wineboot", "--kill"])
        self.await_desktop(display)
        for lang, reason in REASONS.items():
            with self.subTest(lang), harness.Emulator() as kkt:
                process = self.start_at_desktop(display, "zabbix-atol", "get", kkt.connect, "--lang", lang, "--", r"C:\Нет\frontol.exe")
                person = self.start_at_desktop(display, "box", "zabbix-atol")
                texts = self.texts_seen(person)
                self.picture(display, lang)
                self.assertIsNone(process.poll(), "the box waits for the person")
                self.assertRegex("\n".join(texts), reason)
                person.stdin.close()
                self.assertEqual((person.wait(PATIENCE), process.wait(PATIENCE)), (0, 1))
                self.assertIn(max(texts, key=len), process.stderr.read(), "the same sentence")
