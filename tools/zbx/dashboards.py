"""Dashboard of one register, for 1920x1080: tiles with the newest value of an item, and graphs below."""

TILE_WIDTH, TILE_HEIGHT, IN_A_ROW = 6, 2, 4
# Tiles from left to right, row by row: the columns are poll, FN, OFD, shop.
TILES = [("state", "Poll", "Опрос"), ("fn.days_left", "FN: days left", "ФН: осталось дней"),
         ("ofd.unsent_count", "OFD: not sent", "ОФД: не передано"), ("shift.state", "Shift", "Смена"),
         ("error", "What is wrong", "Что не так"), ("fn.state", "FN: life phase", "ФН: фаза жизни"),
         ("ofd.first_unsent_age_s", "OFD: age of the first unsent", "ОФД: возраст первого непереданного"),
         ("printer.paper_present", "Paper", "Бумага"),
         ("read_ts", "Last read", "Прочитана"), ("fn.last_document", "FN: last document", "ФН: последний документ"),
         ("ofd.last_sent_ts", "OFD: last sent", "ОФД: последняя отправка"), ("device.clock_drift_s", "Clock drift", "Расхождение часов"),
         ("device.model", "Model", "Модель"), ("fn.serial", "FN: number", "ФН: номер"),
         ("registration.number", "Registration number", "РНМ"), ("device.firmware", "Firmware", "Прошивка")]
GRAPH_HEIGHT = 6
# Graphs: (English, Russian, [(item, colour)]); of two lines they have a legend, which needs twice the width
GRAPHS = [("KKT: FN days left", "ККТ: дней до конца ФН", [("fn.days_left", "2E7D32"), ("fn.resource_days", "1565C0")]),
          ("KKT: OFD queue", "ККТ: очередь в ОФД", [("ofd.unsent_count", "C62828")]),
          ("KKT: clock drift", "ККТ: расхождение часов", [("device.clock_drift_s", "6A1B9A")]),
          ("KKT: time of the poll", "ККТ: время опроса", [("poll.duration_ms", "EF6C00"), ("poll.port_held_ms", "00838F")])]


def dashboard(template, language, key_of):
    widgets = []
    for index, (key, *names) in enumerate(TILES):
        widgets.append({"type": "PLAIN_TEXT", "name": names[language],
                        **place(index % IN_A_ROW * TILE_WIDTH, index // IN_A_ROW * TILE_HEIGHT, TILE_WIDTH, TILE_HEIGHT), "fields": [
            {"type": "INTEGER", "name": "show_lines", "value": "1"},
            {"type": "ITEM", "name": "itemids", "value": {"host": template, "key": key_of(key)}}]})
    top = len(TILES) // IN_A_ROW * TILE_HEIGHT
    x = 0
    for *names, lines in GRAPHS:
        width = 4 * len(lines)
        widgets.append({"type": "GRAPH_CLASSIC", **place(x, top, width, GRAPH_HEIGHT), "fields": [
            {"type": "INTEGER", "name": "source_type", "value": "0"},
            {"type": "GRAPH", "name": "graphid", "value": {"host": template, "name": names[language]}}]})
        x += width
    return widgets


def place(x, y, width, height):
    """Position of a widget; what is the format's default is left out, as Zabbix's own export does."""
    values = {"x": (x, 0), "y": (y, 0), "width": (width, 1), "height": (height, 2)}
    return {key: str(value) for key, (value, default) in values.items() if value != default}
