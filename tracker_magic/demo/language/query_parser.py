"""Parses a query into its syntax tree, by recursive descent."""

from tracker_magic.demo.language.syntax_tree import (
    And,
    Condition,
    DateShift,
    FunctionCall,
    LiteralValue,
    Node,
    Operand,
    Operator,
    Or,
    ParameterName,
    Query,
    Range,
    SortTerm,
    TextSearch,
    Value,
)
from tracker_magic.demo.language.tokens import QueryError, Token, tokenize

OPERATORS: tuple[Operator, ...] = ("!", "#", "~", ">", "<", ">=", "<=")
MAX_DEPTH = 100


def parse_query(query: str) -> Query:
    """Parse a query; QueryError if it is invalid."""
    return _Parser(query).query()


def parse_value(text: str) -> Value:
    """Parse a single value, as it stands after a colon; QueryError if it is invalid."""
    parser = _Parser(text)
    value = parser.value()
    parser.expect_end()
    return value


def _unexpected(token: Token) -> QueryError:
    if token.kind == "end":
        return QueryError("неожиданный конец запроса", "unexpected end of the query", token.position)
    return QueryError(f'неожиданное "{token.text}"', f'unexpected "{token.text}"', token.position)


class _Parser:
    """One method for each rule of the grammar; a rule consumes the tokens it matches."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokenize(text))
        self.index = 0
        self.depth = 0

    # tokens

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    def peek(self, offset: int = 1) -> Token:
        return self.tokens[min(self.index + offset, len(self.tokens) - 1)]

    def advance(self) -> Token:
        token = self.current
        self.index += token.kind != "end"
        return token

    def expect_sign(self, sign: str) -> None:
        if not self.current.is_sign(sign):
            raise _unexpected(self.current)
        self.advance()

    def expect_end(self) -> None:
        if self.current.kind != "end":
            raise _unexpected(self.current)

    def at_keyword(self, *words: str) -> bool:
        is_word = self.current.kind == "word" and self.current.text.lower() in words
        return is_word and not self.peek().is_sign(":")

    def at_sort(self) -> bool:
        return self.current.kind == "string" and self.current.text.lower() == "sort by" and self.peek().is_sign(":")

    # conditions

    def query(self) -> Query:
        where = None if self.current.kind == "end" or self.at_sort() else self.disjunction()
        order = self.sort() if self.at_sort() else ()
        self.expect_end()
        return Query(where, order)

    def disjunction(self) -> Node:
        parts = [self.conjunction()]
        while self.at_keyword("or"):
            self.advance()
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Node:
        parts = [self.term()]
        while True:
            if self.at_keyword("and"):
                self.advance()
            elif self.current.kind == "end" or self.current.is_sign(")") or self.at_keyword("or") or self.at_sort():
                break
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def term(self) -> Node:
        if self.current.is_sign("("):
            return self.parenthesized()
        if self.at_keyword("and", "or") or self.at_sort():
            raise _unexpected(self.current)
        name = self.parameter_name()
        if name is not None:
            return Condition(name, self.values())
        if self.current.kind in {"word", "string"} or self.current.is_sign(*OPERATORS):
            return TextSearch(self.value())
        raise _unexpected(self.current)

    def parenthesized(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError("слишком много скобок", "too many parentheses", self.current.position)
        self.advance()
        node = self.disjunction()
        self.expect_sign(")")
        self.depth -= 1
        return node

    def parameter_name(self) -> ParameterName | None:
        """Parse a name and the colon after it; return None where no condition begins."""
        first, second = self.current, self.peek()
        if first.kind in {"word", "string"} and second.is_sign(":"):
            self.index += 2
            queue, dot, key = first.text.partition(".")
            if first.kind == "word" and dot and queue and key:
                return ParameterName(key, first.position, queue)
            return ParameterName(first.text, first.position)
        if self.at_quoted_local_name():
            self.index += 3
            return ParameterName(second.text, first.position, first.text[:-1])
        return None

    def at_quoted_local_name(self) -> bool:
        """Whether a name such as `DEV."Risk score":` begins here."""
        queue, key, colon = self.current, self.peek(), self.peek(2)
        begins_local_name = queue.kind == "word" and queue.text.endswith(".")
        return begins_local_name and key.kind == "string" and key.adjacent and colon.is_sign(":")

    # values

    def values(self) -> tuple[Value, ...]:
        values = [self.value()]
        while self.current.is_sign(","):
            self.advance()
            values.append(self.value())
        return tuple(values)

    def value(self) -> Value:
        position, operator = self.current.position, self.operator()
        operand = self.operand()
        if self.current.is_sign("..", "..."):
            if operator not in {"", "!"}:
                raise _unexpected(self.current)
            self.advance()
            return Value(operator, Range(operand, self.operand()), position)
        return Value(operator, operand, position)

    def operator(self) -> Operator:
        for operator in OPERATORS:
            if self.current.is_sign(operator):
                self.advance()
                return operator
        return ""

    def operand(self) -> Operand:
        operand = self.primary()
        while self.current.is_sign("+", "-"):
            sign = 1 if self.advance().text == "+" else -1
            interval = self.advance()
            if interval.kind not in {"word", "string"}:
                raise _unexpected(interval)
            literal = LiteralValue(interval.text, interval.position, interval.kind == "string")
            operand = DateShift(operand, sign, literal)
        return operand

    def primary(self) -> Operand:
        """Parse an operand without arithmetic."""
        token, following = self.advance(), self.current
        if token.is_sign("-") and following.kind == "word" and following.adjacent and following.text[0].isdigit():
            return LiteralValue("-" + self.advance().text, token.position)
        if token.kind == "string":
            return LiteralValue(token.text, token.position, quoted=True)
        if token.kind != "word":
            raise _unexpected(token)
        if following.is_sign("(") and following.adjacent:
            return FunctionCall(token.text.lower(), token.position, self.arguments())
        return LiteralValue(token.text, token.position)

    def arguments(self) -> dict[str, tuple[Value, ...]]:
        self.advance()
        arguments: dict[str, tuple[Value, ...]] = {}
        while not self.current.is_sign(")"):
            name = self.parameter_name()
            if name is None:
                raise _unexpected(self.current)
            if name.queue or name.text.lower() in arguments:
                raise _unexpected(Token("word", name.text, name.position))
            arguments[name.text.lower()] = self.argument_values()
            if self.current.is_sign(","):
                self.advance()
        self.advance()
        return arguments

    def argument_values(self) -> tuple[Value, ...]:
        """Parse the values of one argument; a comma before `name:` begins the next argument."""
        values = [self.value()]
        while self.current.is_sign(",") and not self.peek(2).is_sign(":"):
            self.advance()
            values.append(self.value())
        return tuple(values)

    # sorting

    def sort(self) -> tuple[SortTerm, ...]:
        self.index += 2
        terms = [self.sort_term()]
        while self.current.is_sign(","):
            self.advance()
            terms.append(self.sort_term())
        return tuple(terms)

    def sort_term(self) -> SortTerm:
        name = self.sort_name()
        descending = self.at_keyword("desc")
        if descending or self.at_keyword("asc"):
            self.advance()
        return SortTerm(name, descending)

    def sort_name(self) -> ParameterName:
        token = self.advance()
        if token.kind not in {"word", "string"}:
            raise _unexpected(token)
        queue, dot, key = token.text.partition(".")
        if token.kind == "string" or not dot:
            return ParameterName(token.text, token.position)
        if not key and self.current.kind == "string" and self.current.adjacent:
            key = self.advance().text
        return ParameterName(key, token.position, queue)
