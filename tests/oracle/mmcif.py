#!/usr/bin/env python3
"""Checks the contacts that we read from files of the Protein Data Bank's forms against those that gemmi and biotite read.

    pip install gemmi biotite biopython PeptideBuilder numpy
    python tests/oracle/mmcif.py target/release/tracestone

Makes a protein with what such files have: two chains whose names by the authors differ from those of the dictionary, numbers of
authors that begin at 40 with an insertion code, conformers of different occupancy and of different amino acids, a
modified residue (selenomethionine), hydrogens and a deuterium, water, an ion, a ligand, a glycan, an inhibitor that is a chain of
its own, and a second model. gemmi writes it as mmCIF and as PDB, biotite as mmCIF. For each file: the contacts of the
closed book, for the ligand that is found and for the one that is named, have to be those that gemmi's distances give after its own
selection; the hash is that of the file; open book, mutation and closed book are answered by their own right answers.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import biotite.structure.io.pdbx as pdbx
import gemmi
import numpy as np
import PeptideBuilder
from PeptideBuilder import Geometry

LETTERS = "AKLMSTFDEYWHRNQGIVCPAKSEL"


def helix(letters):
    """Atoms of residues in a helix, by PeptideBuilder."""
    structure = PeptideBuilder.initialize_res(Geometry.geometry(letters[0]))
    for letter in letters[1:]:
        geometry = Geometry.geometry(letter)
        geometry.phi, geometry.psi_im1 = -60, -45
        PeptideBuilder.add_residue(structure, geometry)
    return [
        (residue.get_resname(), [(atom.get_name(), np.array(atom.get_coord(), float)) for atom in residue])
        for residue in structure.get_residues()
    ]


def atom(name, at, element=None, conformer="\0", occupancy=1.0):
    made = gemmi.Atom()
    made.name, made.pos = name, gemmi.Position(*[round(float(x), 3) for x in at])
    made.element = gemmi.Element(element or name[0])
    made.altloc, made.occ = conformer, occupancy
    return made


def residue(name, number, atoms, insertion=" ", polymer=True, label=None):
    made = gemmi.Residue()
    made.name, made.seqid = name, gemmi.SeqId(number, insertion)
    made.entity_type = gemmi.EntityType.Polymer if polymer else gemmi.EntityType.NonPolymer
    made.het_flag = "A" if polymer and name != "MSE" else "H"
    if label:
        made.label_seq = label
    for one in atoms:
        made.add_atom(one)
    return made


def protein():
    random = np.random.default_rng(3)
    structure = gemmi.Structure()
    structure.name = "9MAD"
    model = gemmi.Model(1)
    long = gemmi.Chain("P")
    for place, (name, atoms) in enumerate(helix(LETTERS), start=1):
        number, insertion = (39 + place, " ") if place < 9 else (38 + place, "A" if place == 9 else " ")
        own = [atom(label, at) for label, at in atoms]
        if name == "MET":
            name = "MSE"
            own = [atom("SE" if label == "SD" else label, at, "Se" if label == "SD" else None) for label, at in atoms]
        if name == "LYS":
            # The second conformer has the larger occupancy.
            own = []
            for label, at in atoms:
                if label in ("N", "CA", "C", "O"):
                    own.append(atom(label, at))
                else:
                    own += [atom(label, at, conformer="A", occupancy=0.35), atom(label, at + 0.7, conformer="B", occupancy=0.65)]
        own.append(atom("H", atoms[0][1] + 0.9, "H"))
        if place == 4:
            own.append(atom("D1", atoms[1][1] + 1.0, "D"))
        long.add_residue(residue(name, number, own, insertion, label=place))
    model.add_chain(long)
    center = np.mean([list(one.pos) for one in long[10]], axis=0)
    out = center - np.mean([list(one.pos) for res in long for one in res], axis=0)
    out /= np.linalg.norm(out)
    peptide = gemmi.Chain("Q")
    shift = np.array(list(long[3]["CB"][0].pos)) + np.array([0.0, 4.5, 4.5])
    for place, (name, atoms) in enumerate(helix("AGS"), start=1):
        own = [atom(label, at + shift) for label, at in atoms]
        peptide.add_residue(residue(name, place, own, label=place))
    model.add_chain(peptide)
    ligand = [atom(f"C{at + 1}", center + out * 6 + random.normal(size=3) * 1.6) for at in range(9)]
    ligand += [atom("O1'", center + out * 5, "O"), atom("H1", center + out * 4, "H")]
    long.add_residue(residue("4WI", 401, ligand, polymer=False))
    long.add_residue(residue("NAG", 402, [atom(f"C{at + 1}", center - out * 9 + random.normal(size=3)) for at in range(5)], polymer=False))
    long.add_residue(residue("ZN", 403, [atom("ZN", center + 3, "Zn")], polymer=False))
    for number in range(501, 506):
        water = residue("HOH", number, [atom("O", center + random.normal(size=3) * 3)], polymer=False)
        water.entity_type = gemmi.EntityType.Water
        long.add_residue(water)
    model.remove_chain("P")
    model.add_chain(long)
    structure.add_model(model)
    second = model.clone()
    second.num = 2
    for chain in second:
        for res in chain:
            for one in res:
                one.pos = gemmi.Position(one.pos.x + 30, one.pos.y, one.pos.z)
    structure.add_model(second)
    structure.setup_entities()
    for entity in structure.entities:
        if entity.entity_type == gemmi.EntityType.Polymer:
            own = structure[0].get_subchain(entity.subchains[0])
            entity.full_sequence = [res.name for res in own]
    structure.assign_label_seq_id()
    return structure


def taken(structure):
    """One conformer of each residue of the first model: that with the largest occupancy."""
    for chain in structure[0]:
        for res in chain:
            sums = {}
            for one in res:
                if one.altloc != "\0":
                    sums[one.altloc] = sums.get(one.altloc, 0) + one.occ
            if sums:
                best = max(sorted(sums), key=sums.get)
                for at in reversed(range(len(res))):
                    if res[at].altloc not in ("\0", best):
                        del res[at]
    return structure[0]


def contacts(path, ligand):
    """Chain, number and atom of every heavy atom of a polymer within 4 of the ligand's, with the distance, by gemmi."""
    structure = gemmi.read_structure(str(path))
    structure.setup_entities()
    model = taken(structure)
    own, others = [], []
    for chain in model:
        for res in chain:
            is_own = chain.name == ligand[6:] if ligand.startswith("chain:") else res.name == ligand
            polymer = res.entity_type == gemmi.EntityType.Polymer
            for one in res:
                if one.element.atomic_number == 1:
                    continue
                if is_own and (polymer or not ligand.startswith("chain:")):
                    own.append(one.pos)
                elif polymer and not is_own:
                    others.append(((chain.name, f"{res.seqid.num}{res.seqid.icode.strip()}", one.name), one.pos))
    found = {}
    for site, pos in others:
        least = min(pos.dist(other) for other in own)
        if least <= 4.0:
            found[site] = round(least, 2)
    return found


def ours(binary, work, path, *more):
    command = [binary, "eval", "structure-contacts", "--data", str(path), "--model", "mock/oracle", "--json", "--quiet", "--log-dir",
               str(work / f"logs-{path.name}-{'-'.join(more).replace('=', '-')}"), *more]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{path.name}: {done.stderr}")
    assert json.loads(done.stdout)["score"]["accuracy"] == 1.0, done.stdout
    items = next(Path(command[command.index("--log-dir") + 1]).glob("*/items.jsonl")).read_text().splitlines()
    return [json.loads(line)["item"] for line in items]


def main():
    binary = str(Path(sys.argv[1]).resolve())
    work = Path(tempfile.mkdtemp(prefix="mmcif-"))
    structure = protein()
    structure.make_mmcif_document().write_file(str(work / "9mad.cif"))
    structure.write_pdb(str(work / "9mad.pdb"))
    loaded = pdbx.CIFFile.read(str(work / "9mad.cif"))
    # biotite writes what it reads: all models, conformers and numbers of authors.
    array = pdbx.get_structure(loaded, altloc="all", extra_fields=["occupancy", "b_factor", "atom_id"], use_author_fields=True)
    again = pdbx.CIFFile()
    pdbx.set_structure(again, array, data_block="9MAD")
    again.write(str(work / "9mad-biotite.cif"))
    good = True
    for name in ("9mad.cif", "9mad.pdb"):
        path = work / name
        for ligand, arguments in (("4WI", []), ("4WI", ["-T", "ligand=4wi"]), ("chain:Q", ["-T", "ligand=chain:Q"])):
            item = ours(binary, work, path, "-T", "book=closed", *arguments)[0]
            truth = {(one["chain"], one["number"], one["atom"]): round(one["distance"], 2) for one in item["material"]["contacts"]}
            theirs = contacts(path, ligand)
            same = truth.keys() == theirs.keys() and all(abs(truth[site] - theirs[site]) < 0.011 for site in theirs)
            good = good and same and bool(theirs)
            print(f"{name}, {ligand}: {len(theirs)} contacts by gemmi, {len(truth)} ours, {'equal' if same else 'DIFFERENT'}; "
                  f"{item['facts']['atoms_left_out']} atoms of other conformers and models left out, hash {item['facts']['file_hash'][:12]}")
            if not same:
                print(sorted(set(truth) ^ set(theirs)))
    biotite = ours(binary, work, work / "9mad-biotite.cif", "-T", "book=closed", "-T", "ligand=4WI")[0]
    plain = ours(binary, work, work / "9mad.cif", "-T", "book=closed", "-T", "ligand=4WI")[0]
    sites = [{(one["chain"], one["number"], one["atom"]) for one in item["material"]["contacts"]} for item in (biotite, plain)]
    print(f"biotite's file: {len(sites[0])} contacts, {'the same' if sites[0] == sites[1] else f'DIFFERENT: {sites[0] ^ sites[1]}'}")
    good = good and sites[0] == sites[1]
    shown = ours(binary, work, work / "9mad.cif", "-T", "count=3")
    counts = {len(json.loads(item["answer"].strip("`").removeprefix("json"))) for item in shown}
    print(f"open book: {len(shown)} moved pockets, {counts} contacts each")
    good = good and counts == {len(sites[1])}
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
