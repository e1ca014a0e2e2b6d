/* setup: the configuration's part. */
#include "base/files/file.h"
#include "base/text.h"
#include "cli/setup/setup_file.h"
#include "cli/setup/setup_steps.h"
#include "cli/setup/setup_text.h"
#include "config/load.h"
#include "config/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool setup_paths(const struct setup *s, struct setup_file *main_file, struct setup_file *registers,
                        struct failure *failure)
{
    (void)snprintf(main_file->path, sizeof main_file->path, "%s", s->path);
    return path_beside(s->path, SETUP_REGISTERS, registers->path, sizeof registers->path) ||
           failure_explain(failure, ERR_SYSTEM, "%s: the path is too long", "%s: слишком длинный путь",
                           TEXT_PATH(s->path));
}

/* Where `setup` wrote the old addresses of registers that moved, their new ones. False: no memory. */
static bool move_rows(const struct setup *s, char **text)
{
    for (unsigned i = 0; *text && i < s->kkt_count; i++) {
        const struct setup_kkt *k = &s->kkts[i];
        if (!k->moved)
            continue;
        char *moved = setup_move_row(*text, k->name, k->known_at, k->connect);
        if (moved) {
            free(*text);
            *text = moved;
        }
    }
    return *text != NULL;
}

/* A fresh text: the old one, or the head, with a row for each new register behind it. */
static char *with_new_rows(struct setup *s, const char *old)
{
    size_t cap = (old ? strlen(old) : 0) + 1024 + SETUP_KKTS_MAX * 512UL, used;
    char *text = malloc(cap);
    if (!text)
        return NULL;
    used = (size_t)snprintf(text, cap, "%s", old ? old : SETUP_HEADER "registers:\n");
    for (unsigned i = 0; i < s->kkt_count; i++) {
        const struct setup_kkt *k = &s->kkts[i];
        if (k->configured || k->failure.code != ERR_NONE)
            continue;
        if (!setup_row(k->name, k->connect, k->serial, text + used, cap - used)) {
            text[used] = '\0';
            setup_say(s, SETUP_WRONG, "An address that cannot stand in a file", "Адрес нельзя записать в файл",
                      k->connect);
        }
        used += strlen(text + used);
    }
    return move_rows(s, &text) ? text : NULL;
}

static unsigned new_kkts(const struct setup *s)
{
    unsigned count = 0;
    for (unsigned i = 0; i < s->kkt_count; i++)
        count += !s->kkts[i].configured && s->kkts[i].failure.code == ERR_NONE;
    return count;
}

static bool is_own(const struct setup_file *registers)
{
    return registers->text && strncmp(registers->text, SETUP_HEADER, strlen(SETUP_HEADER)) == 0;
}

static bool can_move(const struct setup_file *registers, const struct setup_kkt *kkt)
{
    char *moved = is_own(registers) ? setup_move_row(registers->text, kkt->name, kkt->known_at, kkt->connect) : NULL;
    free(moved);
    return moved != NULL;
}

bool setup_owns_address(const struct setup *s, const struct setup_kkt *kkt, char *place, size_t cap)
{
    struct setup_file main_file = {0}, registers = {0};
    struct failure ignored = {0};
    (void)snprintf(place, cap, "%s", TEXT_PATH(s->path));
    if (!setup_paths(s, &main_file, &registers, &ignored))
        return false;
    const struct setup_file *const files[] = {&main_file, &registers};
    bool own = setup_file_read(&registers, &ignored) && can_move(&registers, kkt);
    (void)setup_file_read(&main_file, &ignored);
    for (unsigned i = 0; i < 2; i++) {
        unsigned line = files[i]->text ? setup_line_of(files[i]->text, kkt->known_at) : 0;
        if (line > 0)
            (void)snprintf(place, cap, "%s:%u", TEXT_PATH(files[i]->path), line);
    }
    free(main_file.text);
    free(registers.text);
    return own;
}

static unsigned moved_kkts(const struct setup *s)
{
    char place[800];
    unsigned count = 0;
    for (unsigned i = 0; i < s->kkt_count; i++)
        count += s->kkts[i].moved && setup_owns_address(s, &s->kkts[i], place, sizeof place);
    return count;
}

void setup_plan_registers(struct setup *s)
{
    char registers[600];
    if (!path_beside(s->path, SETUP_REGISTERS, registers, sizeof registers))
        (void)snprintf(registers, sizeof registers, "%s", s->path);
    if (new_kkts(s) > 0)
        setup_plan_step(s, "Would write the new registers into the configuration",
                        "Новые кассы будут записаны в настройки", registers);
    if (moved_kkts(s) > 0)
        setup_plan_step(s, "Would correct the addresses of registers that moved", "Адреса касс будут исправлены",
                        registers);
}

/* With a blank line between what was there and what is added. */
static char *with_include(const char *old)
{
    size_t length = old ? strlen(old) : 0, cap = length + sizeof SETUP_INCLUDE + 2;
    char *text = malloc(cap);
    if (text)
        (void)snprintf(text, cap, "%s%s%s", old ? old : "",
                       length == 0               ? ""
                       : old[length - 1] == '\n' ? "\n"
                                                 : "\n\n",
                       SETUP_INCLUDE);
    return text;
}

/* The folder that a file stands in. */
static bool make_folder(const char *path, struct failure *failure)
{
    char folder[600];
    size_t length = path_folder_length(path);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(length > 1 ? length - 1 : length), path);
    return length == 0 || setup_make_folder(folder, failure);
}

/* Is what was written what was meant: a good configuration with the new names in it? */
static bool is_good(const struct setup *s, struct failure *failure)
{
    struct config *config = config_load(s->path, NULL, failure);
    bool good = config != NULL;
    for (unsigned i = 0; i < s->kkt_count && good; i++)
        if (!s->kkts[i].configured && s->kkts[i].failure.code == ERR_NONE && !config_find(config, s->kkts[i].name))
            good = failure_set(failure, ERR_SETUP_INCLUDE, "%s", s->path);
    config_free(config);
    return good;
}

static bool write_registers(struct setup *s, struct setup_file *main_file, struct setup_file *registers,
                            struct failure *failure)
{
    if (!setup_file_read(main_file, failure) || !setup_file_read(registers, failure))
        return false;
    char *rows = with_new_rows(s, registers->text), *whole = NULL;
    bool include = !main_file->text || !setup_includes(main_file->text);
    if (include)
        whole = with_include(main_file->text);
    bool good = rows && (!include || whole);
    if (!good)
        failure_set(failure, ERR_NO_MEMORY, "%s", registers->path);
    good = good && make_folder(s->path, failure) && make_folder(registers->path, failure);
    bool made = good;
    good = good && setup_file_write(registers->path, rows, failure) &&
           (!include || setup_file_write(main_file->path, whole, failure)) && is_good(s, failure);
    if (made && !good) {
        setup_file_put_back(registers);
        setup_file_put_back(main_file);
    }
    free(rows);
    free(whole);
    return good;
}

void setup_registers(struct setup *s)
{
    struct failure failure = {0};
    struct setup_file main_file = {0}, registers = {0};
    unsigned fresh = new_kkts(s), moved = moved_kkts(s);
    if (fresh + moved == 0) {
        setup_say(s, SETUP_SAME, "Configuration, no new register", "Настройки, новых касс нет", s->path);
        return;
    }
    if (setup_paths(s, &main_file, &registers, &failure) && write_registers(s, &main_file, &registers, &failure)) {
        if (fresh > 0)
            setup_say(s, SETUP_DONE, "Registers written", "Кассы записаны", registers.path);
        if (moved > 0)
            setup_say(s, SETUP_DONE, "Addresses corrected", "Адреса исправлены", registers.path);
    } else {
        setup_fail(s, &failure);
    }
    free(main_file.text);
    free(registers.text);
}

void setup_plan_removal_of_registers(struct setup *s)
{
    struct failure failure = {0};
    struct setup_file main_file = {0}, registers = {0};
    if (!setup_paths(s, &main_file, &registers, &failure) || !setup_file_read(&registers, &failure) ||
        !setup_file_read(&main_file, &failure))
        setup_fail(s, &failure);
    else if (is_own(&registers))
        setup_plan_step(s, "Would remove the registers that `setup` added", "Кассы, добавленные `setup`, будут убраны",
                        registers.path);
    else if (registers.text)
        setup_say(s, SETUP_WRONG, "Not written by `setup`, would be left", "Файл создан не `setup`, останется",
                  registers.path);
    if (main_file.text && setup_drop_include(main_file.text))
        setup_plan_step(s, "Would remove its line", "Строка будет убрана", main_file.path);
    free(main_file.text);
    free(registers.text);
}

/* Only what setup wrote: a file with its header, its lines in the main file. */
void setup_remove_registers(struct setup *s)
{
    struct failure failure = {0};
    struct setup_file main_file = {0}, registers = {0};
    if (!setup_paths(s, &main_file, &registers, &failure) || !setup_file_read(&registers, &failure) ||
        !setup_file_read(&main_file, &failure)) {
        setup_fail(s, &failure);
    } else if (!registers.text) {
        setup_say(s, SETUP_SAME, "No registers added by `setup`", "Касс, добавленных `setup`, нет", registers.path);
    } else if (!is_own(&registers)) {
        setup_say(s, SETUP_WRONG, "Not written by `setup`, left", "Файл создан не `setup`, оставлен", registers.path);
    } else {
        file_remove(registers.path);
        setup_say(s, SETUP_DONE, "Registers removed", "Кассы убраны", registers.path);
    }
    if (main_file.text && setup_drop_include(main_file.text)) {
        if (!main_file.text[0])
            file_remove(main_file.path);
        else if (!setup_file_write(main_file.path, main_file.text, &failure))
            setup_fail(s, &failure);
        setup_say(s, SETUP_DONE, "Its line removed", "Строка убрана", main_file.path);
    }
    free(main_file.text);
    free(registers.text);
}
