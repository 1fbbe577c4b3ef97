"""The query language's grammar: text → tree, by recursive descent."""

from tracker_magic.demo.language.text import QueryError, Token, tokens
from tracker_magic.demo.language.tree import (
    Both,
    Call,
    Condition,
    Either,
    Name,
    Node,
    Op,
    Operand,
    Plain,
    Query,
    Range,
    Shift,
    Text,
    Value,
)

OPS: tuple[Op, ...] = ("!", "#", "~", ">", "<", ">=", "<=")
MAX_DEPTH = 100


def parse(query: str) -> Query:
    """The tree of a query; QueryError says what is wrong and where."""
    return _Parser(query).query()


def parse_value(text: str) -> Value:
    """The tree of one value, as it stands after a colon."""
    parser = _Parser(text)
    value = parser.value()
    parser.expect_end()
    return value


def unexpected(token: Token) -> QueryError:
    """The error that names a token which may not stand there."""
    if token.kind == "end":
        return QueryError("неожиданный конец запроса", "unexpected end of the query", token.position)
    return QueryError(f'неожиданное "{token.text}"', f'unexpected "{token.text}"', token.position)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.place = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def ahead(self, steps: int = 1) -> Token:
        return self.tokens[min(self.place + steps, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.here
        self.place += token.kind != "end"
        return token

    def expect(self, sign: str) -> None:
        if not self.here.is_sign(sign):
            raise unexpected(self.here)
        self.take()

    def expect_end(self) -> None:
        if self.here.kind != "end":
            raise unexpected(self.here)

    def query(self) -> Query:
        where = None if self.here.kind == "end" or self._at_sort() else self.either()
        order: tuple[tuple[Name, bool], ...] = ()
        if self._at_sort():
            order = self.sort()
        self.expect_end()
        return Query(where, order)

    def either(self) -> Node:
        parts = [self.both()]
        while self._at_word("or"):
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Node:
        parts = [self.term()]
        while True:
            if self._at_word("and"):
                self.take()
            elif self.here.kind == "end" or self.here.is_sign(")") or self._at_word("or") or self._at_sort():
                break
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def term(self) -> Node:
        if self.here.is_sign("("):
            return self._inside()
        if self._at_word("and", "or") or self._at_sort():
            raise unexpected(self.here)
        name = self._name()
        if name is not None:
            return Condition(name, self.values())
        if self.here.kind in {"word", "string"} or self.here.is_sign(*OPS):
            return Text(self.value())
        raise unexpected(self.here)

    def _inside(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError("слишком много скобок", "too many parentheses", self.here.position)
        self.take()
        inside = self.either()
        self.expect(")")
        self.depth -= 1
        return inside

    def _name(self) -> Name | None:
        """The name before a colon, taken with its colon; None where no condition begins here."""
        first, second = self.here, self.ahead()
        if first.kind in {"word", "string"} and second.is_sign(":"):
            self.place += 2
            queue, dot, key = first.text.partition(".")
            if first.kind == "word" and dot and queue and key:
                return Name(key, first.position, queue)
            return Name(first.text, first.position)
        quoted_local = first.kind == "word" and first.text.endswith(".") and second.kind == "string" and second.glued
        if quoted_local and self.ahead(2).is_sign(":"):
            self.place += 3
            return Name(second.text, first.position, first.text[:-1])
        return None

    def values(self) -> tuple[Value, ...]:
        values = [self.value()]
        while self.here.is_sign(","):
            self.take()
            values.append(self.value())
        return tuple(values)

    def value(self) -> Value:
        position, op = self.here.position, self._op()
        operand = self.operand()
        if self.here.is_sign("..", "..."):
            if op not in {"", "!"}:
                raise unexpected(self.here)
            self.take()
            return Value(op, Range(operand, self.operand()), position)
        return Value(op, operand, position)

    def _op(self) -> Op:
        for op in OPS:
            if self.here.is_sign(op):
                self.take()
                return op
        return ""

    def operand(self) -> Operand:
        operand = self._plain()
        while self.here.is_sign("+", "-"):
            sign = 1 if self.take().text == "+" else -1
            interval = self.take()
            if interval.kind not in {"word", "string"}:
                raise unexpected(interval)
            operand = Shift(operand, sign, Plain(interval.text, interval.position, interval.kind == "string"))
        return operand

    def _plain(self) -> Operand:
        token = self.take()
        if token.is_sign("-") and self.here.kind == "word" and self.here.glued and self.here.text[0].isdigit():
            return Plain("-" + self.take().text, token.position)
        if token.kind == "string":
            return Plain(token.text, token.position, quoted=True)
        if token.kind != "word":
            raise unexpected(token)
        if self.here.is_sign("(") and self.here.glued:
            return Call(token.text.lower(), token.position, self._arguments())
        return Plain(token.text, token.position)

    def _arguments(self) -> dict[str, tuple[Value, ...]]:
        self.take()
        arguments: dict[str, tuple[Value, ...]] = {}
        while not self.here.is_sign(")"):
            name = self._name()
            if name is None or name.queue or name.text.lower() in arguments:
                raise unexpected(self.here if name is None else Token("word", name.text, name.position))
            arguments[name.text.lower()] = self._argument_values()
            if self.here.is_sign(","):
                self.take()
        self.take()
        return arguments

    def _argument_values(self) -> tuple[Value, ...]:
        """Values of an argument; a comma before `name:` begins the next argument."""
        values = [self.value()]
        while self.here.is_sign(",") and not self.ahead(2).is_sign(":"):
            self.take()
            values.append(self.value())
        return tuple(values)

    def sort(self) -> tuple[tuple[Name, bool], ...]:
        self.place += 2
        order = [self._sort_name()]
        while self.here.is_sign(","):
            self.take()
            order.append(self._sort_name())
        return tuple(order)

    def _sort_name(self) -> tuple[Name, bool]:
        token = self.take()
        if token.kind not in {"word", "string"}:
            raise unexpected(token)
        queue, dot, key = token.text.partition(".")
        name = Name(token.text, token.position)
        if token.kind == "word" and dot:
            local = self.take().text if not key and self.here.kind == "string" and self.here.glued else key
            name = Name(local, token.position, queue)
        descends = self._at_word("desc")
        if descends or self._at_word("asc"):
            self.take()
        return name, descends

    def _at_word(self, *words: str) -> bool:
        plain = self.here.kind == "word" and self.here.text.lower() in words
        return plain and not self.ahead().is_sign(":")

    def _at_sort(self) -> bool:
        return self.here.kind == "string" and self.here.text.lower() == "sort by" and self.ahead().is_sign(":")
